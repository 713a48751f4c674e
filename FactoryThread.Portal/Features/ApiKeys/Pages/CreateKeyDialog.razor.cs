using FactoryThread.Portal.Features.Accounts.Confirmation;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using MudBlazor;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Asks for the settings of a new key and makes it; the result is its <see cref="OneTimeKey"/>.</summary>
public sealed partial class CreateKeyDialog
{
    private RuleViolation? _violation;
    private string? _failure;
    private bool _busy;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private ConfirmedActions Confirmed { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private IOptions<KeyLimitDefaults> Limits { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>What the fields start with.</summary>
    [Parameter]
    [EditorRequired]
    public KeyDraft Draft { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public IReadOnlyList<Flow> Flows { get; set; } = [];

    /// <summary>The new key, or null if the person thought better of it.</summary>
    public static async Task<OneTimeKey?> ShowAsync(IDialogService dialogs, KeyDraft draft, IReadOnlyList<Flow> flows)
    {
        // A click beside the dialog must not throw away what was typed.
        var options = new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true, BackdropClick = false };
        var shown = await dialogs.ShowAsync<CreateKeyDialog>(
            "Create API Key", new DialogParameters<CreateKeyDialog> { { x => x.Draft, draft }, { x => x.Flows, flows } }, options);
        return await shown.Result is { Canceled: false, Data: OneTimeKey key } ? key : null;
    }

    private async Task GenerateAsync()
    {
        // The second click of a double click arrives while the first one is at work.
        if (_busy)
        {
            return;
        }

        _busy = true;
        (_violation, _failure) = (null, null);
        try
        {
            var (settings, violation) = Draft.Read(Time);
            if (settings is null)
            {
                _violation = violation;
                _busy = false;
                return;
            }

            var made = await Confirmed.RunAsync(caller => Keys.CreateAsync(new NewApiKey(settings, Draft.Environment), caller, CancellationToken.None));
            if (made.Succeeded(out var key, out var failure))
            {
                // Stays busy: the click that is still under way must not make a second key.
                Dialog.Close(DialogResult.Ok(new OneTimeKey(key)));
                return;
            }

            (_violation, _failure) = FormFailure.Split(failure);
            _busy = false;
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _failure = "The key was not created: the portal cannot reach its database at the moment. Nothing you typed is lost; try again.";
            _busy = false;
        }
    }
}
