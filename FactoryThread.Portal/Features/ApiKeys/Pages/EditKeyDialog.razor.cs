using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using MudBlazor;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Changes the settings of a key; the result is the changed <see cref="ApiKeyDetails"/>.</summary>
public sealed partial class EditKeyDialog
{
    private KeyDraft _draft = null!;
    private RuleViolation? _violation;
    private string? _failure;
    private bool _busy;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Inject]
    private UsageReports Reports { get; set; } = null!;

    [Inject]
    private CallLog Calls { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [Inject]
    private IDialogService Dialogs { get; set; } = null!;

    [Inject]
    private IOptions<KeyLimitDefaults> Limits { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public ApiKeyDetails Key { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public IReadOnlyList<Flow> Flows { get; set; } = [];

    /// <summary>The workspace's, for the advice on how often a kind rotates.</summary>
    [Parameter]
    public RotationSchedule Rotation { get; set; } = RotationSchedule.Recommended;

    /// <summary>The key after the change, or null if nothing was changed.</summary>
    public static async Task<ApiKeyDetails?> ShowAsync(IDialogService dialogs, ApiKeyDetails key, IReadOnlyList<Flow> flows, RotationSchedule rotation)
    {
        var options = new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true, BackdropClick = false };
        var shown = await dialogs.ShowAsync<EditKeyDialog>(
            $"Edit {key.Name}", new DialogParameters<EditKeyDialog> { { x => x.Key, key }, { x => x.Flows, flows }, { x => x.Rotation, rotation } }, options);
        return await shown.Result is { Canceled: false, Data: ApiKeyDetails changed } ? changed : null;
    }

    protected override void OnInitialized() => _draft = new KeyDraft(Key, Time, keepExpiration: true) { ChoiceIsOwn = true, Rotation = Rotation };

    private async Task SaveAsync()
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        (_violation, _failure) = (null, null);
        try
        {
            var (settings, violation) = _draft.Read(Time);
            if (settings is null)
            {
                _violation = violation;
                return;
            }

            if (KeyReach.Narrows(Key.Settings, ApiKeyRules.Normalize(settings)) && !await MayNarrowAsync(settings))
            {
                return;
            }

            var caller = await User.CallerAsync();

            // The note first: it does not count as a change of the settings, so the version stays the one this dialog was opened on.
            var saved = _draft.StoredIn.Trim() == (Key.StoredIn ?? "") ? Key : await Keys.NoteStorageAsync(Key.Id, _draft.StoredIn, caller, CancellationToken.None);
            if (saved.Failure is null)
            {
                saved = await Keys.UpdateAsync(Key.Id, settings, caller, CancellationToken.None, Key.Version);
            }

            if (saved.Succeeded(out var changed, out var failure))
            {
                Dialog.Close(DialogResult.Ok(changed));
                return;
            }

            (_violation, _failure) = FormFailure.Split(failure);
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _failure = "The change was not saved: the portal cannot reach its database at the moment. Nothing you typed is lost; try again.";
        }
        finally
        {
            _busy = false;
        }
    }

    /// <summary>Shows what the change would hit; what was typed stays whatever the answer is.</summary>
    private async Task<bool> MayNarrowAsync(ApiKeySettings settings)
    {
        var now = Clock.GetUtcNow();
        var impact = await KeyImpact.OfAsync(Key, Reports, now, CancellationToken.None);
        var effect = await NarrowingEffect.OfAsync(Key.Id, settings, Calls, now, CancellationToken.None);
        return await ConfirmDialog.ShowAsync(Dialogs, NarrowingQuestion.For(Key, impact.Sentence(Time), effect, "These changes take something away from the key."));
    }
}
