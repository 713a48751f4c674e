using System.Globalization;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>When a key expires, with the instant that follows from the choice.</summary>
public sealed partial class ExpirationField
{
    private static readonly (ExpirationChoice Choice, string Text)[] Choices =
    [
        (ExpirationChoice.Days30, "30 days"),
        (ExpirationChoice.Days90, "90 days"),
        (ExpirationChoice.Year, "1 year"),
        (ExpirationChoice.Custom, "Custom date"),
        (ExpirationChoice.Never, "No expiration"),
    ];

    private readonly string _id = $"expiration-{Guid.NewGuid():n}";

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public KeyDraft Draft { get; set; } = null!;

    /// <summary>When the value of an existing key was issued; null for a new key.</summary>
    [Parameter]
    public DateTimeOffset? Issued { get; set; }

    [Parameter]
    public string? Error { get; set; }

    private DateOnly Today => DateOnly.FromDateTime(Time.Now.DateTime);

    /// <summary>What the choice means, in the viewer's zone.</summary>
    private string? Result
    {
        get
        {
            if (Draft.Expiration(Time) is not { } expiration)
            {
                return "The key works until the end of that day.";
            }

            // An unchanged period counts from the issue of the value, a new one from now.
            var from = Draft.KeepsExpiration(Time) && Issued is { } issued ? issued : Time.Now;
            if (expiration.From(from) is not { } end)
            {
                return "Works until it is revoked. Not recommended for production.";
            }

            var verb = end <= Time.Now ? "Ended" : "Ends";
            var again = expiration.Days is not null && Issued is not null ? " Starts anew when the key is regenerated." : "";
            return expiration.At is null || Draft.KeepsExpiration(Time)
                ? $"{verb} {Time.Format(end, TimeFormat.DateTime)} ({Time.Zone.Id}).{again}"
                : $"{verb} {Time.Format(end.AddTicks(-1), TimeFormat.Date)}, 24:00 ({Time.Zone.Id}).";
        }
    }

    private static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private void Choose(ExpirationChoice choice)
    {
        Draft.Choice = choice;
        Draft.ChoiceIsOwn = true;
    }

    private void DateChosen(ChangeEventArgs change)
        => Draft.CustomDate = DateOnly.TryParseExact(change.Value as string, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;
}
