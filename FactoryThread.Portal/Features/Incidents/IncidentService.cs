using System.Globalization;
using System.Text.Json;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Features.Incidents.Store;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Platform;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Features.Incidents;

/// <summary>Stops and replaces a key that others may have, and tells what they did with it.</summary>
public sealed class IncidentService(
    IDbContextFactory<PortalDbContext> contexts, ApiKeyService keys, UsageMover mover, AuditLog audit, TimeProvider time)
{
    public const string ReportedAction = "api_key.reported_compromised";

    /// <summary>How the reason of a revocation by a report begins.</summary>
    public const string ReasonStart = "Reported compromised";

    /// <summary>The key's use since an instant against its use before.</summary>
    public async Task<Result<SuspectUse>> UseSinceAsync(string keyId, DateTimeOffset since, Caller caller, CancellationToken cancellationToken)
        => (await keys.GetAsync(keyId, caller, cancellationToken)).Succeeded(out var key, out var failure)
            ? Check(since) ?? (Result<SuspectUse>)await ReadUseAsync(key, since, cancellationToken)
            : failure;

    /// <summary>Revokes the key first, whatever comes then; makes the replacement; records the incident. Reporting again adds to the record.</summary>
    public async Task<Result<CompromiseOutcome>> ReportAsync(string keyId, CompromiseWish wish, Caller caller, CancellationToken cancellationToken)
    {
        // Before anything is done: a report that stopped half-way would be taken for done. Without a replacement nothing has to be confirmed.
        if ((caller.Refused(PortalRole.Operator, "reports keys") ?? (wish.Replace ? caller.MustConfirm() : null)) is { } refused)
        {
            return refused;
        }

        if (!(await keys.GetAsync(keyId, caller, cancellationToken)).Succeeded(out var key, out var failure))
        {
            return failure;
        }

        var note = string.IsNullOrWhiteSpace(wish.Note) ? null : wish.Note.Trim();
        if (Check(wish.Since) is { } wrong)
        {
            return wrong;
        }

        // The reason begins with words of ours, so the note has a little less room than a reason.
        if (note?.Length > ApiKey.MaxDescriptionLength - 100 || ApiKeyRules.HasControls(note))
        {
            return Failure.Invalid("note", $"A note has up to {ApiKey.MaxDescriptionLength - 100} characters and no control characters.");
        }

        if (KeyPaste.LooksLikeKey(note))
        {
            return Failure.Invalid("note", "The note contains an API key. Keys are never stored here; remove it.");
        }

        var reason = string.Create(CultureInfo.InvariantCulture, $"{ReasonStart}, suspected since {wish.Since.UtcDateTime:yyyy-MM-dd HH:mm} UTC.{(note is null ? "" : " " + note)}");
        if (!(await keys.RevokeAsync(keyId, reason, caller, cancellationToken)).Succeeded(out var revocation, out failure))
        {
            return failure;
        }

        // From here on nobody's hanging up may leave it half done.
        var made = wish.Replace
            ? await keys.CreateAsync(new NewApiKey(key.Settings, key.Environment, key.OwnerId), caller, CancellationToken.None)
            : default(Result<RevealedKey>?);
        var replacement = made?.Value;
        await audit.RecordAsync(
            caller.Actor,
            ReportedAction,
            key.Id,
            key.Name,
            new Recorded(wish.Since.UtcDateTime, note, revocation.RevokedAt.UtcDateTime, replacement?.Key.Id, replacement?.Token.Hint),
            CancellationToken.None);
        return new CompromiseOutcome(revocation, replacement, made?.Failure?.Message);
    }

    /// <summary>The report of the key's latest incident; not found if it was never reported.</summary>
    public async Task<Result<IncidentReport>> ReportOfAsync(string keyId, Caller caller, CancellationToken cancellationToken)
    {
        if (!(await keys.GetAsync(keyId, caller, cancellationToken)).Succeeded(out var key, out var failure))
        {
            return failure;
        }

        var entries = (await audit.ListAsync(new AuditQuery { Action = ReportedAction, Subject = keyId, Take = 1 }, cancellationToken)).Items;
        if (entries is not [{ Details: not null } entry] || JsonSerializer.Deserialize<Recorded>(entry.Details, JsonSerializerOptions.Web) is not { } recorded)
        {
            return Failure.NotFound("This key was never reported as compromised.");
        }

        return new IncidentReport(
            key,
            Utc(recorded.SuspectedSince),
            entry.At,
            entry.ActorName,
            recorded.Note,
            Utc(recorded.RefusedSince),
            recorded.ReplacementId,
            recorded.ReplacementHint,
            await ReadUseAsync(key, Utc(recorded.SuspectedSince), cancellationToken),
            time.GetUtcNow());
    }

    /// <summary>Records that somebody takes the report along.</summary>
    public Task RecordExportAsync(IncidentReport report, string format, Caller caller, CancellationToken cancellationToken)
        => audit.RecordAsync(caller.Actor, "api_key.incident_exported", report.Key.Id, report.Key.Name, new { format }, cancellationToken);

    private static DateTimeOffset Utc(DateTime instant) => new(DateTime.SpecifyKind(instant, DateTimeKind.Utc));

    private Failure? Check(DateTimeOffset since)
        => since > time.GetUtcNow() ? Failure.Invalid("since", "The suspected date lies in the future. Choose today or an earlier day.")
            : since.Year < 2000 ? Failure.Invalid("since", "The suspected date must not lie before the year 2000.")
            : null;

    private async Task<SuspectUse> ReadUseAsync(ApiKeyDetails key, DateTimeOffset since, CancellationToken cancellationToken)
    {
        await mover.CatchUpAsync(cancellationToken);
        await using var db = await contexts.CreateDbContextAsync(cancellationToken);
        return await UseStore.ReadAsync(db, key.Id, key.CreatedAt, since, time.GetUtcNow(), cancellationToken);
    }

    /// <summary>What the audit entry keeps of an incident; all else is read anew for each report.</summary>
    private sealed record Recorded(DateTime SuspectedSince, string? Note, DateTime RefusedSince, string? ReplacementId, string? ReplacementHint);
}
