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

    private string Machine => Instant!.Value.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private string Title
    {
        get
        {
            var utc = Instant!.Value.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
            return Format == TimeFormat.Relative && Time.IsKnown
                ? $"{Time.ToLocal(Instant.Value).ToString("d MMM yyyy, HH:mm:ss", CultureInfo.InvariantCulture)} ({Time.Zone.Id}) · {utc}"
                : utc;
        }
    }

    protected override void OnInitialized() => Time.Changed += Rewrite;

    protected override void OnParametersSet() => _text = Text();

    public void Dispose() => Time.Changed -= Rewrite;

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
