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

    /// <summary>The settings as they are, to start a change from.</summary>
    public FlowSettings Settings => new() { Name = Name, Description = Description, Route = Route, Published = Published, Live = Live, Test = Test };

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

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z", RegexOptions.CultureInvariant, 1000)]
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
