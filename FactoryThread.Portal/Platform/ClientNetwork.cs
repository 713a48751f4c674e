using System.Net;
using System.Net.Sockets;

namespace FactoryThread.Portal.Platform;

/// <summary>What counts as one client where addresses are counted.</summary>
public static class ClientNetwork
{
    /// <summary>An IPv4 address itself; of an IPv6 address its /64, because whoever has one address there has all; <see cref="IPAddress.None"/> if unknown.</summary>
    public static IPAddress Of(IPAddress? address)
    {
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6 })
        {
            return address ?? IPAddress.None;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }
}
