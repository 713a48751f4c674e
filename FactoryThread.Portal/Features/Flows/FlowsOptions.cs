namespace FactoryThread.Portal.Features.Flows;

/// <summary>How flows call their targets; configuration section <c>Flows</c>.</summary>
public sealed class FlowsOptions
{
    public const string Section = "Flows";

    public static readonly TimeSpan MaxTimeout = TimeSpan.FromMinutes(10);

    /// <summary>How long a target may take to answer, 0.1 seconds to 10 minutes; a longer call has failed.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);
}
