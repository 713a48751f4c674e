using System.Globalization;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace FactoryThread.Portal.Features.Usage.Pages;

/// <summary>"Export Usage": downloads of the range that the page shows, with the number of rows said first.</summary>
public sealed partial class ExportMenu
{
    private readonly string _id = $"export-{Guid.NewGuid():n}";
    private ElementReference _button;
    private bool _open;
    private int? _rows;
    private bool _uncounted;

    [Inject]
    private UsageReports Reports { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public string KeyId { get; set; } = "";

    [Parameter]
    [EditorRequired]
    public UsageRange Range { get; set; } = null!;

    private string RowsText => (_rows, _uncounted) switch
    {
        (_, true) => "The rows cannot be counted at the moment.",
        (null, _) => "Counting rows…",
        (0, _) => "No rows: the key was not used in this time.",
        ({ } rows, _) => UsageText.Count(rows, "row", "rows") + (Range.By == UsageStep.Hour ? ", one per hour and flow" : ", one per day and flow"),
    };

    private string Address(string format)
    {
        var address = $"/settings/api-keys/{Uri.EscapeDataString(KeyId)}/usage/export?format={format}&by={(Range.By == UsageStep.Hour ? "hour" : "day")}"
            + $"&from={Instant(Range.From)}&to={Instant(Range.To)}";
        return Range.Zone.Id == TimeZoneInfo.Utc.Id ? address : $"{address}&zone={Uri.EscapeDataString(Range.Zone.Id)}";
    }

    private static string Instant(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

    private async Task ToggleAsync()
    {
        _open = !_open;
        if (!_open)
        {
            return;
        }

        (_rows, _uncounted) = (null, false);
        StateHasChanged();
        try
        {
            _rows = await Reports.CountExportRowsAsync(KeyId, Range, CancellationToken.None);
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _uncounted = true;
        }
    }

    private async Task CloseOnEscapeAsync(KeyboardEventArgs key)
    {
        if (_open && key.Key == "Escape")
        {
            _open = false;
            await _button.FocusAsync();
        }
    }
}
