namespace FactoryThread.Portal.Platform;

/// <summary>What to tell a person about an exception that can happen to any page; all others are faults in the code.</summary>
internal static class PageFault
{
    public static string? Explain(Exception exception) => StoreFault.Is(exception) ? "The portal cannot reach its database at the moment." : null;
}
