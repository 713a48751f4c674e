using System.Net;
using System.Security.Claims;
using System.Threading.RateLimiting;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.Extensions.Options;
using Microsoft.JSInterop;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>The live pages of all people: each holds memory of the server, so neither a person nor an address may have any number of them.</summary>
public sealed class CircuitPlaces(IOptions<PortalOptions> options) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly PartitionedRateLimiter<Source> _limits = PartitionedRateLimiter.CreateChained(
        // Strangers have no account to count by; their address is what there is.
        PartitionedRateLimiter.Create<Source, string>(source => source.UserId is null
            ? RateLimitPartition.GetNoLimiter("")
            : Places(source.UserId, options.Value.Circuits.PerUser)),
        PartitionedRateLimiter.Create<Source, string>(source => Places(source.Network, options.Value.Circuits.PerAddress)));

    /// <summary>
    /// A place for one live page; whoever disposes of the lease frees it. Null if none comes free within two seconds: a page that is loaded anew
    /// asks while the connection of its former self is still closing.
    /// </summary>
    /// <param name="userId">Null for a stranger.</param>
    /// <param name="address">Where the page is; null if unknown, and all of those together count as one address.</param>
    public async Task<RateLimitLease?> TakeAsync(string? userId, IPAddress? address)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            var lease = await _limits.AcquireAsync(new Source(userId, ClientNetwork.Of(address).ToString()), cancellationToken: patience.Token);
            if (lease.IsAcquired)
            {
                return lease;
            }

            lease.Dispose();
            return null;
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            return null;
        }
    }

    public ValueTask DisposeAsync() => _limits.DisposeAsync();

    private static RateLimitPartition<string> Places(string of, int count)
        => RateLimitPartition.GetConcurrencyLimiter(of, _ => new ConcurrencyLimiterOptions { PermitLimit = count, QueueLimit = count });

    private readonly record struct Source(string? UserId, string Network);
}

/// <summary>Holds the place of one live page while it is connected, or turns it away. How many lost pages wait to come back, the framework caps itself.</summary>
public sealed class CircuitPlace(CircuitPlaces places, AuthenticationStateProvider authentication, IHttpContextAccessor http, IJSRuntime browser) : CircuitHandler, IDisposable
{
    private RateLimitLease? _lease;

    /// <exception cref="InvalidOperationException">There is no place. The framework then ends the circuit, and the page shows its banner.</exception>
    public override async Task OnConnectionUpAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        var user = (await authentication.GetAuthenticationStateAsync()).User;
        _lease = await places.TakeAsync(user.FindFirstValue(ClaimTypes.NameIdentifier), Address(user));
        if (_lease is not null)
        {
            return;
        }

        // The only message that reaches the page before the circuit ends: it makes the banner say why. There will be no answer to wait for.
        _ = browser.InvokeVoidAsync("document.documentElement.setAttribute", cancellationToken, "data-full", "").AsTask();
        throw new InvalidOperationException("Too many pages are open under this account or from this address (Portal:Circuits).");
    }

    // A browser that reloads, crashes or loses its network frees the place now, and not when the circuit is given up minutes later.
    public override Task OnConnectionDownAsync(Circuit circuit, CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public void Dispose() => _lease?.Dispose();

    // With long polling there may be no request at this moment, but who is signed in carries the address along.
    private IPAddress? Address(ClaimsPrincipal user)
        => IPAddress.TryParse(user.FindFirstValue(SessionAddress.ClaimType), out var address) ? address : http.HttpContext?.Connection.RemoteIpAddress;
}
