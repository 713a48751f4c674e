using FactoryThread.Portal.Features.Flows.Model;

namespace FactoryThread.Portal.Features.Flows.Pages;

/// <summary>A flow's settings while somebody types them.</summary>
public sealed class FlowDraft
{
    public string Id { get; set; } = "";

    public string Name { get; set; } = "";

    public string Description { get; set; } = "";

    public string Route { get; set; } = "";

    public bool Published { get; set; }

    public TargetDraft Live { get; } = new();

    public TargetDraft Test { get; } = new();

    /// <summary>When the flow had changed last as the draft was made; null for a new flow.</summary>
    public DateTimeOffset? Seen { get; private set; }

    public FlowSettings Settings => new()
    {
        Name = Name,
        Description = Description,
        Route = Route,
        Published = Published,
        Live = Live.Target,
        Test = Test.Target,
    };

    public static FlowDraft Of(Flow flow)
    {
        var draft = new FlowDraft
        {
            Id = flow.Id,
            Name = flow.Name,
            Description = flow.Description ?? "",
            Route = flow.Route ?? "",
            Published = flow.Published,
            Seen = flow.UpdatedAt,
        };
        draft.Live.Take(flow.Live);
        draft.Test.Take(flow.Test);
        return draft;
    }
}

/// <summary>A target while somebody chooses it: <see cref="Kind"/> is one of the constants, or a connection's id.</summary>
public sealed class TargetDraft
{
    public const string EchoKind = "echo";
    public const string HttpKind = "http";

    public string Kind { get; set; } = EchoKind;

    public string Address { get; set; } = "";

    public bool IsConnection => Kind is not (EchoKind or HttpKind);

    /// <summary>An http target without an address stays one, so that the service refuses it instead of making it the echo.</summary>
    public FlowTarget Target => Kind switch
    {
        EchoKind => FlowTarget.Echo,
        HttpKind => new FlowTarget(string.IsNullOrWhiteSpace(Address) ? "http://" : Address, null),
        _ => new FlowTarget(Address, Kind),
    };

    public void Take(FlowTarget target)
        => (Kind, Address) = (target.IsEcho ? EchoKind : target.ConnectionId ?? HttpKind, target.Address ?? "");
}
