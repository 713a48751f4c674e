using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Incidents.Pages;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Workspace;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using MudBlazor;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>The dialogs behind every key action, for the list and the details page alike. Renders nothing itself.</summary>
public sealed partial class KeyActions : ComponentBase
{
    private Snackbar? _offered;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private FlowCatalog Catalog { get; set; } = null!;

    [Inject]
    private UsageReports Reports { get; set; } = null!;

    [Inject]
    private WorkspaceService Workspace { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private ISnackbar Snackbar { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private ILogger<KeyActions> Logger { get; set; } = null!;

    /// <summary>A key was made, changed or taken out of the list.</summary>
    [Parameter]
    public EventCallback OnChanged { get; set; }

    /// <summary>Reporting a key as compromised does not lead on to the incident's page.</summary>
    [Parameter]
    public bool StaysHere { get; set; }

    /// <summary>Asks for a new key and reveals it.</summary>
    public Task CreateAsync(KeyDraft draft) => CreateAsync(draft, draft.Content);

    /// <param name="untouched">The draft's content before anybody typed.</param>
    private Task CreateAsync(KeyDraft draft, string untouched) => GuardAsync("create the key", async () =>
    {
        // While it still stands or fades, another one with its words would be swallowed.
        if (_offered is not null)
        {
            Snackbar.Remove(_offered);
        }

        if ((await User.CallerAsync()).Refused(PortalRole.Operator, "makes keys") is { } refused)
        {
            Snackbar.Add(refused.Message, Severity.Warning);
            return;
        }

        draft.Rotation = (await Workspace.GetAsync(CancellationToken.None)).Rotation;
        var flows = (await Catalog.CurrentAsync(CancellationToken.None)).All;
        if (await CreateKeyDialog.ShowAsync(Dialogs, draft, flows) is { } made)
        {
            await RevealAsync(made);
            await OnChanged.InvokeAsync();
        }
        else if (draft.Content != untouched)
        {
            // Esc is pressed in haste, and Cancel hit by mistake.
            _offered = Snackbar.Add("No key was created.", Severity.Info, toast =>
            {
                toast.Action = "Continue";
                toast.OnClick = _ => CreateAsync(draft, untouched);
                toast.VisibleStateDuration = 15_000;
                // What follows belongs to this page.
                toast.CloseAfterNavigation = true;
            });
        }
    });

    /// <summary>Does what was chosen for a key, with the questions that belong to it.</summary>
    public Task RunAsync(KeyAction action, string keyId) => GuardAsync("open the key", async () =>
    {
        if (action == KeyAction.Details)
        {
            Navigation.NavigateTo(KeyLinks.Details(keyId));
            return;
        }

        var found = await Keys.GetAsync(keyId, await User.CallerAsync(), CancellationToken.None);
        if (!found.Succeeded(out var key, out var failure))
        {
            Snackbar.Add(failure.Message, Severity.Error);
            await OnChanged.InvokeAsync();
            return;
        }

        await (action switch
        {
            KeyAction.Edit => EditAsync(key),
            KeyAction.Regenerate => RegenerateAsync(key),
            KeyAction.Revoke => RevokeAsync(key),
            KeyAction.ReportCompromised => ReportCompromisedAsync(key),
            KeyAction.Delete => DeleteAsync(key),
            _ => CreateAsync(new KeyDraft(key, Time, keepExpiration: false) { ChoiceIsOwn = true }),
        });
    });

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
    }

    private async Task EditAsync(ApiKeyDetails key)
    {
        var flows = (await Catalog.CurrentAsync(CancellationToken.None)).All;
        var rotation = (await Workspace.GetAsync(CancellationToken.None)).Rotation;
        if (await EditKeyDialog.ShowAsync(Dialogs, key, flows, rotation) is { } changed)
        {
            Snackbar.Add($"{changed.Name} is saved. The changes hold from the next request.", Severity.Success);
            await OnChanged.InvokeAsync();
        }
    }

    private async Task RegenerateAsync(ApiKeyDetails key)
    {
        var impact = await ImpactAsync(key);
        if (await RegenerateKeyDialog.ShowAsync(Dialogs, key, impact.Sentence(Time), impact.WholeWeek, InUse(key, impact)) is { } made)
        {
            await RevealAsync(made);
        }

        await OnChanged.InvokeAsync();
    }

    private async Task RevokeAsync(ApiKeyDetails key)
    {
        var impact = await ImpactAsync(key);
        await RevokeKeyDialog.ShowAsync(Dialogs, key, impact.Sentence(Time) + impact.WholeWeek, InUse(key, impact));
        await OnChanged.InvokeAsync();
    }

    private async Task ReportCompromisedAsync(ApiKeyDetails key)
    {
        var impact = await ImpactAsync(key);
        if (await ReportCompromisedDialog.ShowAsync(Dialogs, key, impact.Sentence(Time), InUse(key, impact)) is not { } done)
        {
            return;
        }

        if (done.Replacement is { } made)
        {
            await RevealAsync(made);
        }
        else if (done.NoReplacement is { } reason)
        {
            Snackbar.Add($"{key.Name} is revoked, but no replacement could be made: {reason}", Severity.Warning);
        }

        await OnChanged.InvokeAsync();
        if (!StaysHere)
        {
            Navigation.NavigateTo(IncidentLinks.Incident(key.Id));
        }
    }

    private async Task DeleteAsync(ApiKeyDetails key)
    {
        var impact = key.Status == KeyStatus.Active ? await ImpactAsync(key) : null;
        var agreed = await ConfirmDialog.ShowAsync(Dialogs, new ConfirmRequest($"Delete {key.Name}?", "Delete key")
        {
            Body = impact is not null
                ? $"{impact.Sentence(Time)} The key is still active: it stops working at once. Deleting only removes it from the list; its usage and log stay."
                : "The key no longer works. Deleting only removes it from the list; its usage and log stay.",
            TypeToConfirm = impact is not null && InUse(key, impact) ? key.Name : null,
            Danger = true,
        });
        if (!agreed)
        {
            return;
        }

        var deleted = await Keys.DeleteAsync(key.Id, await User.CallerAsync(), CancellationToken.None);
        Snackbar.Add(
            deleted.Succeeded(out _, out var failure) ? $"{key.Name} is removed from the list. Find it again with the status Deleted." : failure.Message,
            failure is null ? Severity.Success : Severity.Error);
        await OnChanged.InvokeAsync();
    }

    private async Task RevealAsync(OneTimeKey value)
    {
        // The examples name a flow that the key can really call.
        var flows = (await Catalog.CurrentAsync(CancellationToken.None)).All;
        var flow = value.Key.Permission == KeyPermission.SpecificFlows
            ? value.Key.Flows.OrderByDescending(id => flows.Any(f => f.Id == id && f.Published)).FirstOrDefault()
            : flows.FirstOrDefault(f => f.Published)?.Id;
        await RevealKeyDialog.ShowAsync(Dialogs, value, flow);
    }

    /// <summary>A live key that somebody used in the last 24 hours: stopping it will be noticed.</summary>
    private bool InUse(ApiKeyDetails key, KeyImpact impact)
        => key.Environment == KeyEnvironment.Live && key.Status == KeyStatus.Active && impact.LastUsedAt > Clock.GetUtcNow().AddHours(-24);

    private Task<KeyImpact> ImpactAsync(ApiKeyDetails key) => KeyImpact.OfAsync(key, Reports, Clock.GetUtcNow(), CancellationToken.None);

    /// <summary>A failing database is told, not thrown at the circuit.</summary>
    private async Task GuardAsync(string what, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            Log.StoreFailed(Logger, what, fault);
            Snackbar.Add($"Could not {what}: the portal cannot reach its database at the moment. Try again.", Severity.Error);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A page could not {What}: the store failed.")]
        public static partial void StoreFailed(ILogger logger, string what, Exception exception);
    }
}
