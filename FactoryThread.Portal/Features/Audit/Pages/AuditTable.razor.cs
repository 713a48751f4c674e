using System.Globalization;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Features.Incidents;
using FactoryThread.Portal.Features.Incidents.Pages;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Audit.Pages;

/// <summary>Entries as rows that open to what was before and after.</summary>
public sealed partial class AuditTable
{
    private static readonly string[] InstantFormats = ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"];

    private readonly HashSet<long> _open = [];

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public IReadOnlyList<AuditEntry> Rows { get; set; } = [];

    private static string? Address(AuditEntry entry) => entry.SubjectType switch
    {
        _ when entry.Action == IncidentService.ReportedAction => IncidentLinks.Incident(entry.SubjectId),
        "api_key" => $"/settings/api-keys/{Uri.EscapeDataString(entry.SubjectId)}",
        "flow" => $"/workspace/flows/{Uri.EscapeDataString(entry.SubjectId)}",
        "connection" => "/settings/connections",
        _ => null,
    };

    private void Toggle(long id)
    {
        if (!_open.Add(id))
        {
            _open.Remove(id);
        }
    }

    /// <summary>An instant in the viewer's zone; all else as it is.</summary>
    private string Shown(string text)
        => DateTimeOffset.TryParseExact(text, InstantFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var instant)
            ? Time.Format(instant, TimeFormat.DateTime)
            : text;
}
