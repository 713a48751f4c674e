using System.Globalization;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Confirmation;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Workspace.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Workspace.Pages;

/// <summary>The settings of the workspace: administrators change them, everybody sees them.</summary>
public sealed partial class WorkspacePage
{
    private static readonly (bool All, string Text)[] Reaches =
        [(false, "Their own keys: they see and change only those they own"), (true, "All keys: they see and manage those of others too, but cannot change or regenerate an administrator’s")];

    private static readonly (PortalRole? From, string Text)[] SecondFactors =
    [
        (null, "Nobody has to"),
        (PortalRole.Administrator, "Administrators"),
        (PortalRole.Operator, "Administrators and operators"),
        (PortalRole.Viewer, "Everybody"),
    ];

    private readonly string _id = $"workspace-{Guid.NewGuid():n}";
    private readonly Dictionary<KeyKind, string> _days = [];
    private WorkspaceSettings? _settings;
    private string _unused = "";
    private bool _mayChange;
    private bool _allKeys;
    private PortalRole? _secondFactorFrom;
    private bool _confirm;
    private string? _peopleMessage;
    private bool _busy;
    private string? _field;
    private string? _message;
    private string? _fault;

    [Inject]
    private WorkspaceService Workspace { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private ConfirmedActions Confirmed { get; set; } = null!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = null!;

    [Inject]
    private ILogger<WorkspacePage> Logger { get; set; } = null!;

    protected override Task OnInitializedAsync() => LoadAsync();

    private async Task LoadAsync()
    {
        try
        {
            _mayChange = (await User.CallerAsync()).IsAdministrator;
            var settings = await Workspace.GetAsync(CancellationToken.None);
            Fill(settings.Rotation, settings.UnusedDays);
            (_allKeys, _secondFactorFrom, _confirm) = (settings.OperatorsReachAllKeys, settings.SecondFactorFrom, settings.ConfirmNewValues);
            (_settings, _fault) = (settings, null);
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.Failed(Logger, fault);
            _fault = "The settings cannot be shown: the portal cannot reach its database at the moment.";
        }
    }

    private string Id(string field) => $"{_id}-{field}";

    private void Type(KeyKind kind, ChangeEventArgs change) => _days[kind] = change.Value as string ?? "";

    private void Recommend() => Fill(RotationSchedule.Recommended, WorkspaceSettings.RecommendedUnusedDays);

    private void Fill(RotationSchedule rotation, int unusedDays)
    {
        foreach (var kind in Enum.GetValues<KeyKind>())
        {
            _days[kind] = rotation.Days(kind).ToString(CultureInfo.InvariantCulture);
        }

        _unused = unusedDays.ToString(CultureInfo.InvariantCulture);
    }

    private async Task SaveAsync()
    {
        if (_busy || _settings is null)
        {
            return;
        }

        (_busy, _field, _message) = (true, null, null);
        try
        {
            // What is no number becomes 0, which the service refuses by name.
            var rotation = Enum.GetValues<KeyKind>().Aggregate(_settings.Rotation, (schedule, kind) => schedule.With(kind, Read(_days[kind])));
            var changed = await Workspace.ChangeAsync(rotation, Read(_unused), _settings.Version, await User.CallerAsync(), CancellationToken.None);
            if (changed.Succeeded(out var settings, out var failure))
            {
                _settings = settings;
                Fill(settings.Rotation, settings.UnusedDays);
                Snackbar.Add("The settings are saved. Keys are judged by them from now on.", Severity.Success);
            }
            else
            {
                (_field, _message) = (failure.Field, failure.Message);
            }
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.Failed(Logger, fault);
            _message = "The settings were not saved: the portal cannot reach its database at the moment. Nothing you typed is lost; try again.";
        }
        finally
        {
            _busy = false;
        }
    }

    private async Task SavePeopleAsync()
    {
        if (_busy || _settings is null)
        {
            return;
        }

        (_busy, _peopleMessage) = (true, null);
        try
        {
            var people = new PeopleRules(_allKeys, _secondFactorFrom, _confirm);
            var changed = await Confirmed.RunAsync(caller => Workspace.ChangePeopleAsync(people, _settings.Version, caller, CancellationToken.None));
            _peopleMessage = changed.Failure?.Message;
            if (changed.Succeeded(out var settings, out _))
            {
                _settings = settings;
                Snackbar.Add("The settings are saved. They hold from now on.", Severity.Success);
            }
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.Failed(Logger, fault);
            _peopleMessage = "The settings were not saved: the portal cannot reach its database at the moment. Your choice is not lost; try again.";
        }
        finally
        {
            _busy = false;
        }
    }

    private static int Read(string text) => int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var days) ? days : 0;

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The workspace's settings could not be read or saved.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
