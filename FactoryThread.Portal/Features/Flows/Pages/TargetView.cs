using FactoryThread.Portal.Features.Flows.Model;

namespace FactoryThread.Portal.Features.Flows.Pages;

/// <summary>A target in words.</summary>
/// <param name="Address">The address or path; null for the echo.</param>
/// <param name="Connection">Name of the connection it goes through.</param>
public sealed record TargetView(string? Address, string? Connection)
{
    public static TargetView Of(FlowTarget target, IReadOnlyList<(string Id, string Name, string BaseAddress)> connections)
    {
        if (target.ConnectionId is null)
        {
            return new TargetView(target.Address, null);
        }

        var connection = connections.FirstOrDefault(c => c.Id == target.ConnectionId);
        return FlowTarget.TryCombine(connection.BaseAddress ?? "", target.Address, out var address)
            ? new TargetView(address.AbsoluteUri, connection.Name)
            : new TargetView(target.Address ?? "", connection.Name ?? target.ConnectionId);
    }
}
