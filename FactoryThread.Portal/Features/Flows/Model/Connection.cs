using System.Security.Cryptography;

namespace FactoryThread.Portal.Features.Flows.Model;

/// <summary>A system that flows call: its base address and the headers that open it.</summary>
public sealed class Connection
{
    public const int MaxNameLength = 100;

    private Connection()
    {
    }

    /// <summary><c>con_</c> and 16 base62 characters.</summary>
    public string Id { get; private set; } = "";

    public string Name { get; private set; } = "";

    /// <summary>Absolute http or https address that the flows' paths are relative to.</summary>
    public string BaseAddress { get; private set; } = "";

    /// <summary>The names of the secret headers, which may be shown.</summary>
    public List<string> HeaderNames { get; private set; } = [];

    /// <summary>The headers as JSON, encrypted by Data Protection.</summary>
    public string ProtectedHeaders { get; private set; } = "";

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public static string NewId()
        => "con_" + RandomNumberGenerator.GetString("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 16);

    public static Connection Create(string id, string name, string baseAddress, IEnumerable<string> headerNames, string protectedHeaders, DateTimeOffset now)
    {
        var connection = new Connection { Id = id, CreatedAt = now };
        connection.Change(name, baseAddress, headerNames, protectedHeaders, now);
        return connection;
    }

    public void Change(string name, string baseAddress, IEnumerable<string> headerNames, string protectedHeaders, DateTimeOffset now)
        => (Name, BaseAddress, HeaderNames, ProtectedHeaders, UpdatedAt) = (name, baseAddress, [.. headerNames], protectedHeaders, now);
}
