using System.Globalization;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.WebUtilities;

namespace FactoryThread.Portal.Features.Audit.Pages;

/// <summary>"Export": downloads of what the filters let through, with the number of rows said first.</summary>
public sealed partial class AuditExportMenu
{
    private readonly string _id = $"export-{Guid.NewGuid():n}";
    private ElementReference _button;
    private bool _open;
    private long? _rows;
    private bool _uncounted;

    [Inject]
    private AuditLog Audit { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public AuditQuery Query { get; set; } = null!;

    private string RowsText => (_rows, _uncounted) switch
    {
        (_, true) => "The entries cannot be counted at the moment.",
        (null, _) => "Counting entries…",
        (1, _) => "1 entry. The export itself is recorded.",
        ({ } rows, _) => $"{rows.ToString("N0", CultureInfo.InvariantCulture)} entries. The export itself is recorded.",
    };

    private string Address(string format) => QueryHelpers.AddQueryString("/settings/audit-log/export", new Dictionary<string, string?>
    {
        ["format"] = format,
        ["actor"] = Query.ActorId,
        ["action"] = Query.Action,
        ["subject"] = Query.Subject,
        ["from"] = Instant(Query.From),
        ["to"] = Instant(Query.To),
    }.Where(p => p.Value is not null));

    private static string? Instant(DateTimeOffset? instant) => instant?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture);

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
            _rows = await Audit.CountAsync(Query, CancellationToken.None);
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
