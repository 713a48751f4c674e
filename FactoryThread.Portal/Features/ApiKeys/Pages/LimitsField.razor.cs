using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Limits, networks and the use in addresses: folded, since the defaults suit most keys.</summary>
public sealed partial class LimitsField
{
    private readonly string _id = $"limits-{Guid.NewGuid():n}";
    private bool _open;

    [Parameter]
    [EditorRequired]
    public KeyDraft Draft { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public KeyLimitDefaults Defaults { get; set; } = null!;

    [Parameter]
    public RuleViolation? Violation { get; set; }

    private string Summary
    {
        get
        {
            var minute = Draft.PerMinute.Trim() is { Length: > 0 } ownMinute ? ownMinute : $"{Defaults.PerMinute:N0}";
            var day = Draft.PerDay.Trim() is { Length: > 0 } ownDay ? ownDay : $"{Defaults.PerDay:N0}";
            var networks = string.IsNullOrWhiteSpace(Draft.Networks) ? "any network" : "some networks only";
            return $"{minute} per minute, {day} per day, {networks}";
        }
    }

    protected override void OnParametersSet()
    {
        // A refused field must not hide in a closed fold.
        _open = _open || Violation?.Field is "limits.perMinute" or "limits.perDay" or "networks" or "allowInUrl";
    }

    private string? ErrorOf(string field) => Violation?.Field == field ? Violation.Message : null;

    private string? Invalid(string field) => Violation?.Field == field ? "true" : null;
}
