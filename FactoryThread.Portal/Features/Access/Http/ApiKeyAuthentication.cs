using System.Security.Claims;
using System.Text.Encodings.Web;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace FactoryThread.Portal.Features.Access.Http;

/// <summary>Endpoint metadata: a key opens this endpoint, for this. A route value <c>flowId</c> names the flow.</summary>
public sealed record KeyAccess(KeyAction Action);

/// <summary>Endpoints that a key opens, and the calling key inside them.</summary>
public static class KeyEndpoints
{
    /// <summary>The endpoint takes an API key (never a cookie) that may do this; what it answered is recorded before it is sent.</summary>
    public static TBuilder RequireKey<TBuilder>(this TBuilder endpoints, KeyAction action)
        where TBuilder : IEndpointConventionBuilder
        => endpoints
            .RequireAuthorization(AccessFeature.KeyPolicy)
            .WithMetadata(new KeyAccess(action))
            .AddEndpointFilter<TBuilder, RecordingFilter>();

    /// <summary>The key that was admitted to this endpoint.</summary>
    /// <exception cref="InvalidOperationException">The endpoint is not one that a key opens.</exception>
    public static KeySnapshot GetCallingKey(this HttpContext context)
        => context.Features.Get<KeyCall>()?.Key ?? throw new InvalidOperationException("This endpoint is not opened by a key.");

    /// <summary>The calling key as the domain services take it.</summary>
    public static Caller GetCaller(this HttpContext context)
    {
        var key = context.GetCallingKey();
        var actor = new Actor(ActorKind.ApiKey, key.Id, key.Name, KeyGate.Address(context)?.ToString());
        return new Caller(actor, key.OwnerId, key.OwnerRole, key.OwnerReachesAllKeys, key.Id, key.SecretId);
    }

    private sealed class RecordingFilter(KeyGate gate) : IEndpointFilter
    {
        public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
        {
            var http = context.HttpContext;
            var call = http.Features.Get<KeyCall>() ?? throw new InvalidOperationException("The request reached the endpoint without a verdict.");
            object? result;
            try
            {
                result = await next(context);
            }
            catch (Exception exception) when (Platform.StoreFault.Is(exception))
            {
                await gate.RecordStoreFaultAsync(http, call);
                throw;
            }
            catch (Exception)
            {
                if (!await gate.RecordAsync(http, call, Outcome.Failed, StatusCodes.Status500InternalServerError, code: "internal_error"))
                {
                    return Results.Empty;
                }

                throw;
            }

            var status = (result as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK;
            var code = status < 400 ? "valid_key" : ((result as IValueHttpResult)?.Value as Platform.Problem)?.Code ?? "request_failed";
            var outcome = status < 400 ? Outcome.Succeeded : status == StatusCodes.Status403Forbidden ? Outcome.Refused : Outcome.Failed;
            return await gate.RecordAsync(http, call, outcome, status, code: code) ? result : Results.Empty;
        }
    }
}

/// <summary>Turns a verdict into ASP.NET Core authentication for the endpoints of <see cref="KeyEndpoints.RequireKey"/>.</summary>
internal sealed class ApiKeyAuthenticationHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, KeyGate gate)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "ApiKey";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Context.GetEndpoint() is not RouteEndpoint endpoint || endpoint.Metadata.GetMetadata<KeyAccess>() is not { } access)
        {
            return AuthenticateResult.NoResult();
        }

        var call = await gate.AdmitAsync(Context, access.Action, Request.RouteValues["flowId"] as string, $"{Request.Method} {endpoint.RoutePattern.RawText}");
        Context.Features.Set(call);
        // What these endpoints answer is about keys, flows and their use, and now and then a key itself.
        Response.Headers.AppendCommaSeparatedValues(HeaderNames.CacheControl, "no-store");
        if (!call.Admitted)
        {
            return AuthenticateResult.Fail(call.Verdict.Code.Answer().Code);
        }

        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, call.Key!.Id), new Claim(ClaimTypes.Name, call.Key.Name)], SchemeName);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => RefuseAsync();

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => RefuseAsync();

    private Task RefuseAsync()
        => Context.Features.Get<KeyCall>() is { Admitted: false } call
            ? gate.RefuseAsync(Context, call).AsTask()
            : throw new InvalidOperationException("An endpoint asks for a key without saying what for (RequireKey).");
}
