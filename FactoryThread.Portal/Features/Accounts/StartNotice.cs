using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Accounts;

/// <summary>Where <see cref="StartNotice"/> writes: the terminal, not the log, because the set-up link is a secret.</summary>
public sealed record StartOutput(TextWriter Writer);

/// <summary>Tells who started the portal where it is, where its data is and, while there is no user, how to set it up.</summary>
public sealed class StartNotice(IServer server, IOptions<PortalOptions> options, UserService users, SetupLink link, StartOutput output) : IHostedLifecycleService
{
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses.ToList() ?? [];
        await output.Writer.WriteLineAsync($"FactoryThread Portal listens on {string.Join(", ", addresses)}");
        await output.Writer.WriteLineAsync($"Its data is in {options.Value.DataPath}");
        if (addresses.Count > 0 && !await users.AnyAsync(cancellationToken))
        {
            await output.Writer.WriteLineAsync($"Set up FactoryThread: {Reachable(addresses[0])}{SetupLink.Path}?token={link.Issue()}");
        }

        await output.Writer.FlushAsync(cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // "All interfaces" is not an address that a browser can open.
    private static string Reachable(string address)
        => address.Replace("//[::]", "//localhost", StringComparison.Ordinal)
            .Replace("//0.0.0.0", "//localhost", StringComparison.Ordinal)
            .Replace("//*", "//localhost", StringComparison.Ordinal)
            .Replace("//+", "//localhost", StringComparison.Ordinal);
}
