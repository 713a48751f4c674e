using System.Globalization;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Components.Shared;

/// <summary>An instant in the viewer's zone, with UTC on hover; relative times keep up with the clock.</summary>
public sealed partial class LocalTime : IDisposable
{
    private string _text = "";

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public DateTimeOffset? Instant { get; set; }

    [Parameter]
    public TimeFormat Format { get; set; } = TimeFormat.DateTime;

    /// <summary>What stands there when there is no instant, such as <c>Never used</c>.</summary>
    [Parameter]
    public string Empty { get; set; } = "—";

    [Parameter]
    public string? Class { get; set; }

    /// <summary>
    /// The same without a component and as a single piece of markup, for long lists, of which an open page keeps every element and attribute;
    /// whoever shows it follows <see cref="BrowserTime.Changed"/>.
    /// </summary>
    public static MarkupString Of(BrowserTime time, DateTimeOffset? instant, TimeFormat format, string empty = "—", string? style = null)
    {
        var css = style is null ? null : $" class=\"{Html.Encode(style)}\"";
        return new MarkupString(instant is { } at
            ? $"<time{css} datetime=\"{Machine(at)}\" title=\"{Html.Encode(Title(time, at, format))}\">{Html.Encode(time.Format(at, format))}</time>"
            : $"<span{css}>{Html.Encode(empty)}</span>");
    }

    protected override void OnInitialized() => Time.Changed += Rewrite;

    protected override void OnParametersSet() => _text = Text();

    public void Dispose() => Time.Changed -= Rewrite;

    private static string Machine(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private static string Title(BrowserTime time, DateTimeOffset instant, TimeFormat format)
    {
        var utc = instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
        return format == TimeFormat.Relative && time.IsKnown
            ? $"{time.ToLocal(instant).ToString("d MMM yyyy, HH:mm:ss", CultureInfo.InvariantCulture)} ({time.Zone.Id}) · {utc}"
            : utc;
    }

    private string Text() => Instant is { } instant ? Time.Format(instant, Format) : "";

    private void Rewrite()
        => _ = InvokeAsync(() =>
        {
            // A page of a hundred rows ticks twice a minute: only what reads differently is rendered.
            if (Text() is var text && text != _text)
            {
                _text = text;
                StateHasChanged();
            }
        });
}
