using Bunit;
using FactoryThread.Portal.Components.Shared;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;

namespace FactoryThread.Portal.Tests.Components.Shared;

public sealed class ConfirmDialogTests : PortalBunitContext
{
    private static readonly ConfirmRequest Revoke = new("Revoke \"erp-order-sync\"?", "Revoke key")
    {
        Body = "812 calls today on 2 flows will be refused.",
        Danger = true,
    };

    [Fact]
    public async Task It_says_what_will_happen_and_the_confirming_button_answers_yes()
    {
        var answer = Ask(Revoke);
        Assert.Contains("812 calls today on 2 flows will be refused.", Dialogs.Markup, StringComparison.Ordinal);
        Assert.Equal("Revoke \"erp-order-sync\"?", Dialogs.Find("h2").TextContent);

        await PressAsync(Dialogs, "Revoke key");

        Assert.True(await answer);
    }

    [Fact]
    public async Task Cancel_has_the_focus_and_answers_no()
    {
        var answer = Ask(Revoke with { TypeToConfirm = "erp-order-sync" });
        var cancel = Button(Dialogs, "Cancel");
        JSInterop.VerifyFocusAsyncInvoke().Arguments[0].ShouldBeElementReferenceTo(cancel);

        await cancel.ClickAsync();

        Assert.False(await answer);
    }

    [Fact]
    public async Task The_name_must_be_typed_before_the_button_works()
    {
        var answer = Ask(Revoke with { TypeToConfirm = "erp-order-sync" });
        var field = Dialogs.Find("input");
        Assert.Equal("Type the key name", Dialogs.Find($"label[for={field.Id}]").TextContent);
        Assert.True(Button(Dialogs, "Revoke key").HasAttribute("disabled"));

        await field.InputAsync("ERP-order-sync");
        Assert.True(Button(Dialogs, "Revoke key").HasAttribute("disabled"));
        await Dialogs.Find("input").KeyDownAsync(new KeyboardEventArgs { Key = "Enter" });
        Assert.False(answer.IsCompleted);

        await Dialogs.Find("input").InputAsync(" erp-order-sync ");
        await Dialogs.Find("input").KeyDownAsync(new KeyboardEventArgs { Key = "Enter" });
        Assert.True(await answer);
    }

    private Task<bool> Ask(ConfirmRequest request)
    {
        Task<bool>? answer = null;
        Dialogs.InvokeAsync(() => answer = ConfirmDialog.ShowAsync(Services.GetRequiredService<IDialogService>(), request));
        Dialogs.WaitForElement(".mud-dialog");
        return answer!;
    }
}
