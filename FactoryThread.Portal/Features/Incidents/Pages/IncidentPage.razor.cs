using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Incidents.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Incidents.Pages;

/// <summary>What became of a compromised key and what was done with it: the report, to read and to take along.</summary>
public sealed partial class IncidentPage
{
    private IncidentReport? _report;
    private string? _loadedId;
    private string? _missing;
    private string? _fault;

    [Inject]
    private IncidentService Incidents { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private ILogger<IncidentPage> Logger { get; set; } = null!;

    [Parameter]
    public string Id { get; set; } = "";

    protected override async Task OnParametersSetAsync()
    {
        if (RendererInfo.IsInteractive && _loadedId != Id)
        {
            _loadedId = Id;
            await LoadAsync();
        }
    }

    private async Task LoadAsync()
    {
        _fault = null;
        try
        {
            var found = await Incidents.ReportOfAsync(Id, await User.CallerAsync(), CancellationToken.None);
            (_report, _missing) = (found.Value, found.Failure?.Message);
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.NotLoaded(Logger, fault);
            _fault = "The incident cannot be shown: the portal cannot reach its database at the moment.";
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "An incident could not be loaded.")]
        public static partial void NotLoaded(ILogger logger, Exception exception);
    }
}
