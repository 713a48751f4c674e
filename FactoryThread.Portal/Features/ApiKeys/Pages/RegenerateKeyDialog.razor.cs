using FactoryThread.Portal.Features.Accounts.Confirmation;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Gives a key a new value and decides how long the old one lives on; the result is the <see cref="OneTimeKey"/>.</summary>
public sealed partial class RegenerateKeyDialog
{
    private static readonly (TimeSpan? Overlap, string Text)[] Choices =
    [
        (TimeSpan.Zero, "Immediately"),
        (TimeSpan.FromHours(1), "After 1 hour"),
        (TimeSpan.FromHours(24), "After 24 hours"),
        (TimeSpan.FromDays(7), "After 7 days"),
        (null, "After …"),
    ];

    private readonly string _id = $"regenerate-{Guid.NewGuid():n}";

    /// <summary>Null: the time in the field.</summary>
    private TimeSpan? _choice = TimeSpan.Zero;
    private int _count = 2;
    private string _unit = "h";
    private string _typed = "";
    private string? _failure;
    private bool _busy;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private ConfirmedActions Confirmed { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public ApiKeyDetails Key { get; set; } = null!;

    /// <summary>What will be hit, in numbers.</summary>
    [Parameter]
    [EditorRequired]
    public string Impact { get; set; } = "";

    /// <summary>What of the last 7 days would have been refused, if the old value stops at once.</summary>
    [Parameter]
    public string WholeWeek { get; set; } = "";

    /// <summary>The key's name must be typed first.</summary>
    [Parameter]
    public bool TypeName { get; set; }

    /// <summary>The old value of an expired key works no more, so there is nothing to keep.</summary>
    private bool MayOverlap => Key.Status == KeyStatus.Active;

    private bool MayRegenerate => !_busy && (!TypeName || string.Equals(_typed.Trim(), Key.Name.Trim(), StringComparison.Ordinal));

    private TimeSpan Overlap => _choice ?? _unit switch
    {
        "m" => TimeSpan.FromMinutes(_count),
        "h" => TimeSpan.FromHours(_count),
        _ => TimeSpan.FromDays(_count),
    };

    private string Consequence
    {
        get
        {
            if (!MayOverlap)
            {
                return "The old value has expired and stays refused.";
            }

            if (Overlap <= TimeSpan.Zero)
            {
                return $"The old value is refused at once; whoever uses it gets 401 until it has the new one.{WholeWeek}";
            }

            var end = Clock.GetUtcNow() + Overlap;
            var (until, why) = Key.ExpiresAt < end ? (Key.ExpiresAt.Value, ", when it expires anyway") : (end, "");
            return $"Both values work until {Time.Format(until, TimeFormat.DateTime)}{why}; then the old one is refused by itself. The key's page shows who still uses it.";
        }
    }

    private string NewEnd
        => Key.Expiration.Days is { } days ? $"; the new value expires in {days} days, on {Time.Format(Clock.GetUtcNow().AddDays(days), TimeFormat.Date)}" : "";

    /// <summary>The new value, or null if the person thought better of it.</summary>
    public static async Task<OneTimeKey?> ShowAsync(IDialogService dialogs, ApiKeyDetails key, string impact, string wholeWeek, bool typeName)
    {
        var options = new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true };
        var parameters = new DialogParameters<RegenerateKeyDialog>
        {
            { x => x.Key, key }, { x => x.Impact, impact }, { x => x.WholeWeek, wholeWeek }, { x => x.TypeName, typeName },
        };
        var shown = await dialogs.ShowAsync<RegenerateKeyDialog>($"Regenerate {key.Name}", parameters, options);
        return await shown.Result is { Canceled: false, Data: OneTimeKey made } ? made : null;
    }

    private async Task RegenerateAsync()
    {
        if (!MayRegenerate)
        {
            return;
        }

        _busy = true;
        _failure = null;
        try
        {
            var overlap = MayOverlap ? Overlap : TimeSpan.Zero;
            if (_choice is null && overlap <= TimeSpan.Zero)
            {
                _failure = "Write a time of at least 1, or choose Immediately.";
                _busy = false;
                return;
            }

            var made = await Confirmed.RunAsync(caller => Keys.RegenerateAsync(Key.Id, caller, CancellationToken.None, overlap));
            if (made.Succeeded(out var revealed, out var failure))
            {
                // Stays busy: the second click of a double click must not replace the value again.
                Dialog.Close(DialogResult.Ok(new OneTimeKey(revealed)));
                return;
            }

            _failure = failure.Message;
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _failure = "The key has its old value: the portal cannot reach its database at the moment. Try again.";
        }

        _busy = false;
    }
}
