using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;

namespace FactoryThread.Portal.Tests.Infrastructure;

/// <summary>
/// A real OpenID Connect server (OpenIddict, on Kestrel) that lets <see cref="Person"/> in without asking. It insists on the registered
/// client, its secret and PKCE.
/// </summary>
internal sealed class IdentityProvider : IAsyncDisposable
{
    private const string ClientId = "portal";
    private const string ClientSecret = "known to both and to nobody else";
    private readonly WebApplication _app;

    private IdentityProvider(WebApplication app) => _app = app;

    public Uri Address => new(_app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>Claims of whoever signs in next; null if they refuse to.</summary>
    public (string Type, object Value)[]? Person { get; set; }

    /// <summary>Signs ID tokens so instead of by RS256: by HS256 with the client's secret, by any other algorithm with the key it publishes.</summary>
    public string? Algorithm { get; set; }

    /// <summary>The portal's configuration for this server, with two roles.</summary>
    public Dictionary<string, string?> Settings => new()
    {
        ["OpenIdConnect:Authority"] = Address.ToString(),
        ["OpenIdConnect:ClientId"] = ClientId,
        ["OpenIdConnect:ClientSecret"] = ClientSecret,
        ["OpenIdConnect:Name"] = "Plant login",
        ["OpenIdConnect:RoleClaim"] = "groups",
        ["OpenIdConnect:Roles:Administrator:0"] = "portal-admins",
        ["OpenIdConnect:Roles:Operator:0"] = "integration",
        ["OpenIdConnect:Roles:Viewer:0"] = "everybody",
    };

    public static async Task<IdentityProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["Urls"] = "http://127.0.0.1:0";
        IdentityProvider? provider = null;
        builder.Services.AddOpenIddict().AddServer(server =>
        {
            server.SetAuthorizationEndpointUris("authorize").SetTokenEndpointUris("token").SetUserInfoEndpointUris("userinfo");
            server.RegisterScopes("email", "profile");
            server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
            server.EnableDegradedMode();
            server.AddEphemeralEncryptionKey().AddEphemeralSigningKey();
            server.UseAspNetCore().DisableTransportSecurityRequirement();
            server.AddEventHandler<OpenIddictServerEvents.ValidateAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                if (context.ClientId != ClientId || context.RedirectUri?.EndsWith("/account/single-sign-on/callback", StringComparison.Ordinal) != true)
                {
                    context.Reject(OpenIddictConstants.Errors.InvalidClient);
                }

                return ValueTask.CompletedTask;
            }));
            server.AddEventHandler<OpenIddictServerEvents.ValidateTokenRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                if (context.ClientId != ClientId || context.ClientSecret != ClientSecret)
                {
                    context.Reject(OpenIddictConstants.Errors.InvalidClient);
                }

                return ValueTask.CompletedTask;
            }));
            server.AddEventHandler<OpenIddictServerEvents.HandleAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
            {
                if (provider!.Person is null)
                {
                    context.Reject(OpenIddictConstants.Errors.AccessDenied);
                    return ValueTask.CompletedTask;
                }

                context.Principal = provider.Principal(context.Request.GetScopes());
                return ValueTask.CompletedTask;
            }));
            server.AddEventHandler<OpenIddictServerEvents.GenerateTokenContext>(handler => handler
                .SetOrder(OpenIddictServerHandlers.Protection.GenerateIdentityModelToken.Descriptor.Order - 1)
                .UseInlineHandler(context =>
                {
                    if (provider!.Algorithm is { } algorithm && context.TokenType == OpenIddictConstants.TokenTypeIdentifiers.IdentityToken)
                    {
                        var key = algorithm == SecurityAlgorithms.HmacSha256 ? new SymmetricSecurityKey(Encoding.UTF8.GetBytes(ClientSecret)) : context.SigningCredentials!.Key;
                        context.SecurityTokenDescriptor.SigningCredentials = context.SigningCredentials = new SigningCredentials(key, algorithm);
                    }

                    return ValueTask.CompletedTask;
                }));
        });
        var app = builder.Build();
        app.UseAuthentication();
        provider = new IdentityProvider(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return provider;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private ClaimsPrincipal Principal(IEnumerable<string> scopes)
    {
        var identity = new ClaimsIdentity("test", OpenIddictConstants.Claims.Name, OpenIddictConstants.Claims.Role);
        foreach (var (type, value) in Person!)
        {
            _ = value switch
            {
                bool truth => identity.SetClaim(type, truth),
                string[] several => identity.SetClaims(type, [.. several]),
                _ => identity.SetClaim(type, (string)value),
            };
        }

        identity.SetScopes(scopes);
        identity.SetDestinations(_ => [OpenIddictConstants.Destinations.IdentityToken, OpenIddictConstants.Destinations.AccessToken]);
        return new ClaimsPrincipal(identity);
    }
}
