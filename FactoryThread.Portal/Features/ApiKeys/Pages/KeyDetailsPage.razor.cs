using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Everything about one key; the chosen tab stands in the address.</summary>
public sealed partial class KeyDetailsPage : IDisposable
{
    private static readonly (string Id, string Text)[] Tabs = [("overview", "Overview"), ("usage", "Usage"), ("requests", "Requests"), ("history", "History")];

    private KeyActions? _actions;
    private ApiKeyDetails? _key;
    private string? _loadedId;
    private string? _fault;
    private bool _missing;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private ILogger<KeyDetailsPage> Logger { get; set; } = null!;

    [Parameter]
    public string Id { get; set; } = "";

    /// <summary>What the prerendered page showed, so that the live one starts with it instead of loading again.</summary>
    [PersistentState]
    public ApiKeyDetails? Prerendered { get; set; }

    private string Current
    {
        get
        {
            // Not [SupplyParameterFromQuery]: its provider fails when a tab that uses it too appears while it hands out a change.
            var tab = QueryHelpers.ParseQuery(new Uri(Navigation.Uri).Query).GetValueOrDefault("tab").ToString();
            return Tabs.Any(t => t.Id == tab) ? tab : "overview";
        }
    }

    private IReadOnlyList<KeyMenuItem> MoreMenu =>
    [
        .. new KeyMenuItem[]
        {
            new("Duplicate", PortalIcons.Plus, KeyAction.Duplicate),
            new("Report compromised", PortalIcons.Alert, KeyAction.ReportCompromised, Danger: true),
            new("Delete", PortalIcons.Trash, KeyAction.Delete, Danger: true),
        }.Where(item => KeyLinks.May(item.Action, _key!.Status)),
    ];

    public void Dispose() => Navigation.LocationChanged -= LocationChanged;

    protected override void OnInitialized() => Navigation.LocationChanged += LocationChanged;

    protected override async Task OnParametersSetAsync()
    {
        if (_loadedId == Id)
        {
            return;
        }

        _loadedId = Id;
        if (Prerendered?.Id == Id)
        {
            _key = Prerendered;
            Prerendered = null;
            return;
        }

        await LoadAsync();
        if (!RendererInfo.IsInteractive)
        {
            Prerendered = _key;
        }
    }

    private void LocationChanged(object? sender, LocationChangedEventArgs change) => _ = InvokeAsync(StateHasChanged);

    private string TabAddress(string tab) => KeyLinks.Details(Id) + (tab == "overview" ? "" : $"?tab={tab}");

    private Task RunAsync(KeyAction action) => _actions!.RunAsync(action, Id);

    private async Task LoadAsync()
    {
        try
        {
            var found = await Keys.GetAsync(Id, await User.CallerAsync(), CancellationToken.None);
            (_key, _missing, _fault) = (found.Value, found.Failure is not null, null);
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.KeyFailed(Logger, fault);
            _fault = "The key cannot be shown: the portal cannot reach its database at the moment.";
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A key's page could not be loaded.")]
        public static partial void KeyFailed(ILogger logger, Exception exception);
    }
}
