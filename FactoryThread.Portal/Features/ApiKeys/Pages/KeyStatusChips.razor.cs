using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>A key's status as icon and word, and what needs doing about it.</summary>
public sealed partial class KeyStatusChips
{
    /// <summary>From how many days before the expiry a key needs attention.</summary>
    public const int ExpiresSoonDays = 14;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public KeyStatus Status { get; set; }

    [Parameter]
    public DateTimeOffset? ExpiresAt { get; set; }

    [Parameter]
    public DateTimeOffset RotationDueAt { get; set; }

    [Parameter]
    public DateTimeOffset? LastUsedAt { get; set; }

    [Parameter]
    public DateTimeOffset CreatedAt { get; set; }

    /// <summary>Days without a call after which the workspace calls a key unused.</summary>
    [Parameter]
    [EditorRequired]
    public int UnusedDays { get; set; }

    /// <summary>Until when the value before the current one is accepted too.</summary>
    [Parameter]
    public DateTimeOffset? PreviousValidUntil { get; set; }

    private (Tone Tone, string Icon, string Text) Chip => Status switch
    {
        KeyStatus.Active => (Tone.Ok, PortalIcons.Dot, "Active"),
        KeyStatus.Expired => (Tone.Off, PortalIcons.Clock, "Expired"),
        KeyStatus.Revoked => (Tone.Bad, PortalIcons.Ban, "Revoked"),
        _ => (Tone.Off, PortalIcons.Trash, "Deleted"),
    };

    private IEnumerable<(Tone Tone, string Icon, string Text)> Needs
    {
        get
        {
            var now = Clock.GetUtcNow();
            if (PreviousValidUntil > now)
            {
                yield return (Tone.Info, PortalIcons.Refresh, "Old value still valid");
            }

            if (ExpiresAt < now.AddDays(ExpiresSoonDays))
            {
                yield return (Tone.Warn, PortalIcons.Clock, "Expires soon");
            }

            if (RotationDueAt <= now)
            {
                yield return (Tone.Warn, PortalIcons.Refresh, "Rotation due");
            }

            if ((LastUsedAt ?? CreatedAt) <= now.AddDays(-UnusedDays))
            {
                yield return (Tone.Off, PortalIcons.Info, $"Unused {UnusedDays} days");
            }
        }
    }
}
