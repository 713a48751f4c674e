namespace FactoryThread.Portal.Features.Alerts;

/// <summary>Tells open pages that alerts changed.</summary>
public sealed class AlertFeed
{
    /// <summary>Raised on any thread, after the change is committed.</summary>
    public event Action? Changed;

    public void Raise() => Changed?.Invoke();
}
