using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>When a key expires: the days that are left, or the date once that no longer matters.</summary>
public sealed partial class KeyExpiry
{
    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public KeyStatus Status { get; set; }

    [Parameter]
    [EditorRequired]
    public DateTimeOffset? ExpiresAt { get; set; }
}
