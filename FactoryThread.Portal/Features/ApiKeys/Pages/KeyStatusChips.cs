using System.Collections.Concurrent;
using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>A key's status as icon and word, and what needs doing about it.</summary>
public static class KeyStatusChips
{
    // Once for all rows of all pages.
    private static readonly MarkupString Active = StatusChip.Of(Tone.Ok, "Active", PortalIcons.Dot);
    private static readonly MarkupString Expired = StatusChip.Of(Tone.Off, "Expired", PortalIcons.Clock);
    private static readonly MarkupString Revoked = StatusChip.Of(Tone.Bad, "Revoked", PortalIcons.Ban);
    private static readonly MarkupString Deleted = StatusChip.Of(Tone.Off, "Deleted", PortalIcons.Trash);
    private static readonly ConcurrentDictionary<Need, MarkupString> ActiveWith = new();
    private static readonly MarkupString Live = StatusChip.Of(Tone.Accent, nameof(KeyEnvironment.Live));
    private static readonly MarkupString Test = StatusChip.Of(Tone.Info, nameof(KeyEnvironment.Test));

    public static MarkupString Of(KeyEnvironment environment) => environment == KeyEnvironment.Live ? Live : Test;

    public static MarkupString Of(ApiKeySummary key, DateTimeOffset now)
        => Of(key.Status, Needs(key.ExpiresAt, key.RotationDueAt, key.LastUsedAt ?? key.CreatedAt, key.UnusedDays, key.PreviousValidUntil, now));

    public static MarkupString Of(ApiKeyDetails key, DateTimeOffset now)
        => Of(key.Status, Needs(key.ExpiresAt, key.RotationDueAt, key.LastUsedAt ?? key.CreatedAt, key.UnusedDays, key.Previous?.ValidUntil, now));

    private static MarkupString Of(KeyStatus status, Need needs) => status switch
    {
        KeyStatus.Active => ActiveWith.GetOrAdd(needs, static needs => new MarkupString(Active.Value + string.Concat(needs.Chips))),
        KeyStatus.Expired => Expired,
        KeyStatus.Revoked => Revoked,
        _ => Deleted,
    };

    private static Need Needs(
        DateTimeOffset? expiresAt, DateTimeOffset rotationDueAt, DateTimeOffset usedAt, int unusedDays, DateTimeOffset? previousValidUntil, DateTimeOffset now)
        => new(
            previousValidUntil > now, expiresAt < now.AddDays(ApiKey.ExpiresSoonDays), rotationDueAt <= now, usedAt <= now.AddDays(-unusedDays) ? unusedDays : null);

    private readonly record struct Need(bool OldValueValid, bool ExpiresSoon, bool RotationDue, int? UnusedDays)
    {
        public IEnumerable<MarkupString> Chips
        {
            get
            {
                if (OldValueValid)
                {
                    yield return StatusChip.Of(Tone.Info, "Old value still valid", PortalIcons.Refresh);
                }

                if (ExpiresSoon)
                {
                    yield return StatusChip.Of(Tone.Warn, "Expires soon", PortalIcons.Clock);
                }

                if (RotationDue)
                {
                    yield return StatusChip.Of(Tone.Warn, "Rotation due", PortalIcons.Refresh);
                }

                if (UnusedDays is { } days)
                {
                    yield return StatusChip.Of(Tone.Off, $"Unused {days} days", PortalIcons.Info);
                }
            }
        }
    }
}
