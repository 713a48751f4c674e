using FactoryThread.Portal.Features.Accounts.Confirmation.Pages;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;
using MudBlazor;

namespace FactoryThread.Portal.Features.Accounts.Confirmation;

/// <summary>For pages: does what may need a confirmation, and asks for it when it does.</summary>
public sealed class ConfirmedActions(CurrentUser user, IDialogService dialogs)
{
    /// <summary>Acts; if the person has to confirm themselves first, asks them and acts again.</summary>
    /// <returns>What the action came to; <see cref="FailureKind.Unconfirmed"/> if they thought better of it.</returns>
    public async Task<Result<T>> RunAsync<T>(Func<Caller, Task<Result<T>>> action)
    {
        var result = await action(await user.CallerAsync());
        return result.Failure is { Kind: FailureKind.Unconfirmed } && await ConfirmYourselfDialog.ShowAsync(dialogs)
            ? await action(await user.CallerAsync())
            : result;
    }
}
