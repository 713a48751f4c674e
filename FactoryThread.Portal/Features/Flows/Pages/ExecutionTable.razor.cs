using System.Globalization;
using FactoryThread.Portal.Features.Flows.Model;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Flows.Pages;

/// <summary>Executions as rows; each opens to show its error and where it came from. On a narrow screen a row becomes a card.</summary>
public sealed partial class ExecutionTable
{
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);

    [Parameter]
    [EditorRequired]
    public IReadOnlyList<ExecutionRow> Rows { get; set; } = [];

    [Parameter]
    public bool ShowFlow { get; set; } = true;

    private void Toggle(string id)
    {
        if (!_open.Remove(id))
        {
            _open.Add(id);
        }
    }

    private static string Duration(long micros) => micros switch
    {
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{micros / 1000.0:0.0} ms"),
        < 1_000_000 => string.Create(CultureInfo.InvariantCulture, $"{micros / 1000.0:0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{micros / 1_000_000.0:0.0} s"),
    };
}
