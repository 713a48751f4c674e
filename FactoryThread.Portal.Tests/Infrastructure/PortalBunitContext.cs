using AngleSharp.Dom;
using Bunit;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using MudBlazor.Services;

namespace FactoryThread.Portal.Tests.Infrastructure;

/// <summary>
/// Renders components as the portal does: MudBlazor's services and providers, the portal's own clock and zone, and a browser that answers
/// nothing. Register what a page needs in <c>Services</c> before the first <see cref="Show{T}"/>.
/// </summary>
public abstract class PortalBunitContext : BunitContext
{
    private IRenderedComponent<MudDialogProvider>? _dialogs;
    private IRenderedComponent<MudSnackbarProvider>? _snackbars;

    protected PortalBunitContext()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddMudServices();
        Services.AddSingleton<TimeProvider>(Clock);
        Services.AddScoped<BrowserTime>();
    }

    /// <summary>Starts at noon UTC on 24 November 2026 and stands still.</summary>
    protected TestClock Clock { get; } = new(new DateTimeOffset(2026, 11, 24, 12, 0, 0, TimeSpan.Zero));

    protected static CancellationToken Cancellation => Xunit.TestContext.Current.CancellationToken;

    /// <summary>What stands in the dialogs that are open.</summary>
    protected IRenderedComponent<MudDialogProvider> Dialogs
    {
        get
        {
            StartProviders();
            return _dialogs!;
        }
    }

    /// <summary>The short messages at the edge of the screen.</summary>
    protected IRenderedComponent<MudSnackbarProvider> Snackbars
    {
        get
        {
            StartProviders();
            return _snackbars!;
        }
    }

    /// <summary>Renders a component after the providers it needs.</summary>
    protected IRenderedComponent<T> Show<T>(Action<ComponentParameterCollectionBuilder<T>>? parameters = null)
        where T : IComponent
    {
        StartProviders();
        return Render(parameters ?? (_ => { }));
    }

    /// <summary>Opens a dialog and returns its reference; what it shows is in <see cref="Dialogs"/>.</summary>
    protected async Task<IDialogReference> OpenDialogAsync<T>(DialogParameters<T>? parameters = null, string title = "")
        where T : IComponent
    {
        IDialogReference? reference = null;
        await Dialogs.InvokeAsync(async () =>
            reference = await Services.GetRequiredService<IDialogService>().ShowAsync<T>(title, parameters ?? []));
        return reference!;
    }

    /// <summary>The one button that reads <paramref name="text"/> or is labelled so.</summary>
    protected static IElement Button<T>(IRenderedComponent<T> shown, string text)
        where T : IComponent
        => Assert.Single(shown.FindAll("button"), button => button.TextContent.Trim() == text || button.GetAttribute("aria-label") == text);

    /// <summary>Presses that button. It is found and pressed on the renderer's thread: between the two a rendering could take the handler away.</summary>
    protected static void Press<T>(IRenderedComponent<T> shown, string text)
        where T : IComponent
        => Press(shown, () => Button(shown, text));

    /// <summary>The same, of an element that is not a button or has no text of its own.</summary>
    protected static void Press<T>(IRenderedComponent<T> shown, Func<IElement> find)
        where T : IComponent
        => shown.InvokeAsync(() => find().Click()).GetAwaiter().GetResult();

    /// <summary>Presses that button and waits until what it started is done.</summary>
    protected static Task PressAsync<T>(IRenderedComponent<T> shown, string text)
        where T : IComponent
        => shown.InvokeAsync(() => Button(shown, text).ClickAsync());

    private void StartProviders()
    {
        if (_dialogs is null)
        {
            _dialogs = Render<MudDialogProvider>();
            _snackbars = Render<MudSnackbarProvider>();
        }
    }
}
