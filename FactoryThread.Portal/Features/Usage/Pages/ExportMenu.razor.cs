using System.Globalization;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace FactoryThread.Portal.Features.Usage.Pages;

/// <summary>"Export Usage": downloads of the range that the page shows, with the number of rows said first.</summary>
public sealed partial class ExportMenu : IDisposable
{
    private const int SpreadsheetRows = 1_048_576;

    private static readonly (string By, string Text)[] Choices = [("hour", "Hour"), ("day", "Day"), ("request", "Request")];

    private readonly string _id = $"export-{Guid.NewGuid():n}";
    private ElementReference _button;
    private CancellationTokenSource? _counting;
    private bool _open;
    private string _by = "day";
    private long? _rows;
    private string? _fault;

    [Inject]
    private UsageReports Reports { get; set; } = null!;

    [Inject]
    private UsageExport Exports { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public UsageScope Scope { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public UsageRange Range { get; set; } = null!;

    private string RowsText => (_rows, _fault) switch
    {
        (_, { } fault) => fault,
        (null, _) => "Counting rows…",
        (0, _) when _by == "request" => "No rows: the log holds no request of this time.",
        (0, _) => "No rows: nothing was called in this time.",
        ({ } rows, _) => UsageText.Count(rows, "row", "rows") + (_by == "request" ? ", one per request in the log" : $", one per {_by}{(Scope.IsWorkspace ? ", key" : "")} and flow")
            + (rows > SpreadsheetRows ? "; more than a spreadsheet opens" : ""),
    };

    public void Dispose() => _counting?.Cancel();

    /// <summary>What a click downloads; null if the range does not fit the rows.</summary>
    private ExportOrder? Order(ExportFormat format) => Wanted().Value is { } range ? new ExportOrder(Scope, range, _by == "request", format) : null;

    private Result<UsageRange> Wanted() => _by == "request"
        ? Reports.ExactRange(Range.From, Range.To, UsageStep.Day, Range.Zone)
        : Reports.Range(Range.From, Range.To, _by == "hour" ? UsageStep.Hour : UsageStep.Day, Range.Zone);

    private string Address(ExportFormat format)
    {
        var path = Scope.IsWorkspace ? "/workspace/usage/export" : $"/settings/api-keys/{Uri.EscapeDataString(Scope.KeyId!)}/usage/export";
        var address = $"{path}?format={(format == ExportFormat.Csv ? "csv" : "json")}&by={_by}&from={Instant(Range.From)}&to={Instant(Range.To)}";
        return Range.Zone.Id == TimeZoneInfo.Utc.Id ? address : $"{address}&zone={Uri.EscapeDataString(Range.Zone.Id)}";
    }

    private static string Instant(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

    private Task ToggleAsync()
    {
        if (_open)
        {
            Close();
            return Task.CompletedTask;
        }

        _open = true;
        return ChooseAsync(Range.By == UsageStep.Hour ? "hour" : "day");
    }

    private void Close()
    {
        _open = false;
        _counting?.Cancel();
    }

    private async Task ChooseAsync(string by)
    {
        if (_counting is not null)
        {
            await _counting.CancelAsync();
        }

        using var counting = _counting = new CancellationTokenSource();
        (_by, _rows, _fault) = (by, null, null);
        if (!Wanted().Succeeded(out var range, out var failure))
        {
            _fault = failure.Message;
            _counting = null;
            return;
        }

        StateHasChanged();
        try
        {
            // Not on the circuit's thread: there may be millions.
            var rows = await Task.Run(() => Exports.CountAsync(Scope, range, by == "request", counting.Token), counting.Token);
            _rows = _counting == counting ? rows : _rows;
        }
        catch (OperationCanceledException)
        {
            // Another choice, or nobody looks any more.
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _fault = _counting == counting ? "The rows cannot be counted at the moment." : _fault;
        }

        _counting = _counting == counting ? null : _counting;
    }

    private async Task CloseOnEscapeAsync(KeyboardEventArgs key)
    {
        if (_open && key.Key == "Escape")
        {
            Close();
            await _button.FocusAsync();
        }
    }
}
