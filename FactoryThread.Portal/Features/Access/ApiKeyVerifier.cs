using System.Data.Common;
using System.Net;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Usage;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Access;

/// <summary>What a request wants to do with a key.</summary>
public enum KeyAction
{
    /// <summary>Nothing but be known: the key acts on itself.</summary>
    Self,

    /// <summary>Execute the flow it names.</summary>
    Execute,

    /// <summary>View flow definitions or executions; of the flow it names, if it names one.</summary>
    View,

    /// <summary>Use the management API for keys and flows.</summary>
    Manage,

    /// <summary>Manage connections, which takes an administrator as the key's owner.</summary>
    ManageConnections,
}

/// <summary>A request to be judged.</summary>
/// <param name="Presented">What it brought: a well-formed value, or the reason why there is none.</param>
/// <param name="FlowId">The flow it names, as the caller wrote it; null if it names none.</param>
/// <param name="Address">The client's address, for network rules and failure counts.</param>
/// <param name="Consume">An allowed request counts against the limits.</param>
public readonly record struct AccessRequest(PresentedKey Presented, KeyAction Action, string? FlowId, IPAddress? Address, bool Consume = true);

/// <summary>The judgement.</summary>
/// <param name="Key">The key, if the value is one that was issued; also when it is refused.</param>
/// <param name="At">When it was judged, UTC milliseconds since 1970.</param>
/// <param name="Limits">What is left of the limits, for a key that came as far as them.</param>
/// <param name="RetryAfter">Seconds after which a 429 can succeed.</param>
/// <param name="Counted">The request was counted against the limits.</param>
public sealed record Verdict(VerdictCode Code, KeySnapshot? Key, long At, LimitStanding? Limits = null, int RetryAfter = 0, bool Counted = false)
{
    public bool Admitted => Code == VerdictCode.Valid;

    /// <summary>The key itself is in order; at most this request was more than it may do.</summary>
    public bool KeyIsValid => Key is not null && Code.Answer().Status is 200 or 403 or 404 or 429 && Code != VerdictCode.TooManyFailures;
}

/// <summary>
/// May this request pass? The one place that decides; the gateway, the validation endpoint and the authentication scheme only translate.
/// Order: form and checksum, hash, key, status, owner, expiry, network, permission, flow, minute, day. What has to be loaded is loaded to the
/// end, whether the caller is still there or not: it is short, mostly serves the next request too, and a token for each would be made in vain.
/// </summary>
public sealed class ApiKeyVerifier(
    KeyCache keys, FlowCatalog catalog, KeyLimits limits, AddressFailures failures, UsageRecorder recorder, SteadyClock clock, IOptions<AccessOptions> options)
{
    public async ValueTask<Verdict> JudgeAsync(AccessRequest request)
    {
        var now = clock.NowMilliseconds();
        if (request.Presented.Fault is { } fault)
        {
            return Unidentified(fault, request.Address, now);
        }

        if (request.Presented.InUrl && !options.Value.AllowKeyInUrl)
        {
            return Unidentified(VerdictCode.WrongHeaderFormat, request.Address, now);
        }

        try
        {
            if (await keys.FindAsync(request.Presented.Hash) is not { } key)
            {
                return Unidentified(VerdictCode.UnknownKey, request.Address, now);
            }

            if (key.Deleted)
            {
                return Unidentified(VerdictCode.UnknownKey, request.Address, now, key);
            }

            var refusal = CheckKey(key, request, now);
            if (refusal == VerdictCode.Valid)
            {
                refusal = CheckPermission(key, request.Action, request.FlowId);
            }

            if (refusal == VerdictCode.Valid && request.FlowId is not null)
            {
                refusal = await CheckFlowAsync(key, request.Action, request.FlowId);
            }

            if (refusal != VerdictCode.Valid)
            {
                return new Verdict(refusal, key, now);
            }

            var (code, standing) = limits.Take(key, now, request.Consume);
            return new Verdict(
                code,
                key,
                now,
                standing,
                code == VerdictCode.RateLimited ? standing.MinuteReset : code == VerdictCode.DailyLimitExceeded ? standing.DayReset : 0,
                Counted: request.Consume && code == VerdictCode.Valid);
        }
        catch (Exception exception) when (exception is DbException or UsageUnavailableException or IOException)
        {
            // What cannot be decided is not allowed, and not the caller's fault either.
            return new Verdict(VerdictCode.StoreUnavailable, null, now);
        }
    }

    /// <summary>The verdict with what is left of the key's limits, without counting anything; <see cref="VerdictCode.StoreUnavailable"/> if the records cannot be read.</summary>
    public Verdict WithLimits(Verdict verdict)
    {
        try
        {
            return verdict with { Limits = limits.Take(verdict.Key!, verdict.At, consume: false).Standing };
        }
        catch (Exception exception) when (exception is DbException or UsageUnavailableException or IOException)
        {
            return verdict with { Code = VerdictCode.StoreUnavailable };
        }
    }

    /// <param name="deleted">The deleted key whose value it is: unknown to the caller, but its log goes on.</param>
    private Verdict Unidentified(VerdictCode code, IPAddress? address, long now, KeySnapshot? deleted = null)
    {
        if (code is VerdictCode.UnknownKey or VerdictCode.MalformedKey && !failures.TryCount(address, now, out var retryAfter))
        {
            recorder.CountFailure(VerdictCode.TooManyFailures.Answer().Code, address);
            return new Verdict(VerdictCode.TooManyFailures, deleted, now, RetryAfter: retryAfter);
        }

        recorder.CountFailure(code.Answer().Code, address);
        return new Verdict(code, deleted, now);
    }

    private static VerdictCode CheckKey(KeySnapshot key, in AccessRequest request, long now)
        => key.Revoked ? VerdictCode.RevokedKey
            : now >= key.ReplacedFrom ? VerdictCode.ReplacedKey
            : key.OwnerDisabled ? VerdictCode.OwnerDisabled
            : now >= key.ExpiresFrom ? VerdictCode.ExpiredKey
            : request.Presented.InUrl && !key.AllowInUrl ? VerdictCode.WrongHeaderFormat
            : !IsAllowedFrom(key, request.Address) ? VerdictCode.NetworkNotAllowed
            : VerdictCode.Valid;

    private static bool IsAllowedFrom(KeySnapshot key, IPAddress? address)
    {
        if (key.Networks.Count == 0)
        {
            return true;
        }

        foreach (var network in key.Networks)
        {
            if (address is not null && network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static VerdictCode CheckPermission(KeySnapshot key, KeyAction action, string? flowId) => (action, key.Permission) switch
    {
        (KeyAction.Self, _) => VerdictCode.Valid,

        // A viewer's key does what a viewer does.
        (not KeyAction.View, _) when key.OwnerRole < PortalRole.Operator => VerdictCode.InsufficientPermission,
        (KeyAction.Execute, KeyPermission.ReadOnly) => VerdictCode.ReadOnlyKey,
        (KeyAction.Execute or KeyAction.View, KeyPermission.SpecificFlows) when flowId is not null && !key.Flows.Contains(flowId) => VerdictCode.FlowNotPermitted,
        (KeyAction.Execute or KeyAction.View, _) => VerdictCode.Valid,
        (KeyAction.Manage, KeyPermission.FullAccess) => VerdictCode.Valid,
        (KeyAction.ManageConnections, KeyPermission.FullAccess) when key.OwnerRole == PortalRole.Administrator => VerdictCode.Valid,
        _ => VerdictCode.InsufficientPermission,
    };

    private async ValueTask<VerdictCode> CheckFlowAsync(KeySnapshot key, KeyAction action, string flowId)
    {
        if (action is not (KeyAction.Execute or KeyAction.View))
        {
            return VerdictCode.Valid;
        }

        var flow = (await catalog.CurrentAsync(CancellationToken.None)).Find(flowId);
        return flow is null
            ? key.Permission == KeyPermission.SpecificFlows ? VerdictCode.FlowNotPermitted : VerdictCode.FlowNotFound
            : action == KeyAction.Execute && !flow.Published ? VerdictCode.FlowNotPublished
            : VerdictCode.Valid;
    }
}
