using System.Text.RegularExpressions;

namespace FactoryThread.Portal.Features.Flows.Model;

/// <summary>A data flow that keys may execute.</summary>
public sealed partial class Flow
{
    public const int MaxNameLength = 100;
    public const int MaxDescriptionLength = 1000;
    public const int MaxRouteLength = 200;

    private Flow()
    {
    }

    /// <summary>Such as <c>abc123</c>: 1–64 of a–z, A–Z, 0–9, hyphen and underscore, as in <c>/flows/abc123/execute</c>.</summary>
    public string Id { get; private set; } = "";

    public string Name { get; private set; } = "";

    public string? Description { get; private set; }

    /// <summary>Path of its custom endpoint under <c>/api/</c>, without a leading slash, in lower case; null if it has none. Unique.</summary>
    public string? Route { get; private set; }

    /// <summary>Only a published flow can be executed.</summary>
    public bool Published { get; private set; }

    /// <summary>What a live key's call runs.</summary>
    public FlowTarget Live { get; private set; } = FlowTarget.Echo;

    /// <summary>What a test key's call runs; a test key never reaches <see cref="Live"/>.</summary>
    public FlowTarget Test { get; private set; } = FlowTarget.Echo;

    public DateTimeOffset CreatedAt { get; private set; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public static Flow Create(string id, FlowSettings settings, DateTimeOffset now)
    {
        var flow = new Flow { Id = id, CreatedAt = now };
        flow.Change(settings, now);
        return flow;
    }

    public void Change(FlowSettings settings, DateTimeOffset now)
    {
        Name = settings.Name;
        Description = settings.Description;
        Route = settings.Route;
        Published = settings.Published;
        Live = settings.Live;
        Test = settings.Test;
        UpdatedAt = now;
    }

    public static bool IsId(string? text) => text is not null && IdPattern().IsMatch(text);

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex IdPattern();
}

/// <summary>What of a flow can be chosen; checked by the service.</summary>
public sealed record FlowSettings
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public string? Route { get; init; }

    public bool Published { get; init; }

    public FlowTarget Live { get; init; } = FlowTarget.Echo;

    public FlowTarget Test { get; init; } = FlowTarget.Echo;
}

/// <summary>Where a call of a flow goes: the built-in echo (both null), or an HTTP address.</summary>
/// <param name="Address">An absolute http(s) address; or, with a connection, a path relative to its base address.</param>
/// <param name="ConnectionId">The connection that holds base address and secret headers; null for a plain address.</param>
public sealed record FlowTarget(string? Address, string? ConnectionId)
{
    /// <summary>Returns its input as its output.</summary>
    public static FlowTarget Echo { get; } = new(null, null);

    public bool IsEcho => Address is null && ConnectionId is null;
}

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

    public static Connection Create(string id, string name, string baseAddress, IEnumerable<string> headerNames, string protectedHeaders, DateTimeOffset now)
    {
        var connection = new Connection { Id = id, CreatedAt = now };
        connection.Change(name, baseAddress, headerNames, protectedHeaders, now);
        return connection;
    }

    public void Change(string name, string baseAddress, IEnumerable<string> headerNames, string protectedHeaders, DateTimeOffset now)
        => (Name, BaseAddress, HeaderNames, ProtectedHeaders, UpdatedAt) = (name, baseAddress, [.. headerNames], protectedHeaders, now);
}
