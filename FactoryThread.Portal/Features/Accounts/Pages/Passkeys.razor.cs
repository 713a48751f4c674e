using FactoryThread.Portal.Features.Accounts.Passkeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Accounts.Pages;

/// <summary>The signed-in person's own passkeys.</summary>
public sealed partial class Passkeys
{
    public const string Path = "/account/passkeys";

    private IReadOnlyList<PasskeyView> _passkeys = [];
    private string? _failure;
    private string? _done;
    private bool _held;
    private bool _provedLately;

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private UserService Users { get; set; } = null!;

    [Inject]
    private PasskeyService Service { get; set; } = null!;

    [Inject]
    private PasskeyCeremony Ceremony { get; set; } = null!;

    [SupplyParameterFromForm]
    private string? Name { get; set; }

    [SupplyParameterFromForm]
    private string? Credential { get; set; }

    [SupplyParameterFromForm]
    private string? PasskeyId { get; set; }

    protected override async Task OnInitializedAsync() => await LoadAsync();

    private async Task<Caller> CallerAsync() => await Users.FindCallerAsync(Http.User, Http.RequestAborted) ?? Caller.Nobody;

    private async Task LoadAsync()
    {
        var caller = await CallerAsync();
        (_held, _provedLately) = (caller.HeldUserId is not null, caller.ProvedLately);
        var listed = await Service.ListAsync(caller, Http.RequestAborted);
        _passkeys = listed.Value ?? [];
        _failure ??= listed.Failure?.Message;
    }

    private async Task AddAsync()
    {
        var caller = await CallerAsync();
        if ((await Ceremony.VerifyNewAsync(Credential, caller)).Succeeded(out var made, out var failure)
            && (await Service.AddAsync(made, Name, caller, Http.RequestAborted)).Succeeded(out var added, out failure))
        {
            _done = $"“{added.Name}” can be used to sign in from now on.";
        }

        _failure = failure?.Message;
        await LoadAsync();
    }

    private async Task RemoveAsync()
    {
        var removed = await Service.RemoveAsync(PasskeyId, await CallerAsync(), Http.RequestAborted);
        (_failure, _done) = (removed.Failure?.Message, "The passkey is removed. Delete it on your device too, which still offers it.");
        await LoadAsync();
    }
}
