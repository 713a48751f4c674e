using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Options;
using Microsoft.JSInterop;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>
/// The value, masked, with what can be done with it. The value goes to the browser's memory when the panel appears and is never rendered
/// by the server: showing, copying, downloading and testing happen in the browser.
/// </summary>
public sealed partial class RevealPanel : IAsyncDisposable
{
    private readonly string _id = $"reveal-{Guid.NewGuid():n}";
    private IReadOnlyList<KeyExample> _examples = [];
    private string _tab = "curl";
    private IJSObjectReference? _module;
    private DotNetObjectReference<RevealPanel>? _self;
    private bool _forgotten;

    [Inject]
    private IJSRuntime Browser { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private IOptions<PortalOptions> Options { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public OneTimeKey Value { get; set; } = null!;

    [Parameter]
    public string? FlowId { get; set; }

    /// <summary>The value was copied or downloaded.</summary>
    [Parameter]
    public EventCallback OnSaved { get; set; }

    [Parameter]
    public EventCallback OnEscape { get; set; }

    private string Mask => (Value.Key.Environment == KeyEnvironment.Live ? ApiKeyToken.LivePrefix : ApiKeyToken.TestPrefix)
        + new string('•', ApiKeyToken.Length - ApiKeyToken.LivePrefix.Length);

    /// <summary>Called by the browser.</summary>
    [JSInvokable]
    public Task MarkSavedAsync() => InvokeAsync(OnSaved.InvokeAsync);

    /// <summary>Called by the browser.</summary>
    [JSInvokable]
    public Task EscapeAsync() => InvokeAsync(OnEscape.InvokeAsync);

    public async Task FocusCopyAsync()
    {
        if (_module is not null)
        {
            await _module.InvokeVoidAsync("focusCopy", _id);
        }
    }

    /// <summary>Makes the browser forget the value.</summary>
    public async Task ForgetAsync()
    {
        if (!_forgotten && _module is not null)
        {
            _forgotten = true;
            await _module.InvokeVoidAsync("close", _id);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _self?.Dispose();
        try
        {
            await ForgetAsync();
            if (_module is not null)
            {
                await _module.DisposeAsync();
            }
        }
        catch (JSDisconnectedException)
        {
            // The page is gone, and what it held with it.
        }
    }

    protected override void OnInitialized() => _examples = KeyExample.For(BaseAddress, FlowId, Value.Key.Permission == KeyPermission.ReadOnly);

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
        {
            return;
        }

        _module = await Browser.InvokeAsync<IJSObjectReference>("import", "./Features/ApiKeys/Pages/RevealPanel.razor.js");
        _self = DotNetObjectReference.Create(this);
        if (Value.Take() is { } text)
        {
            await _module.InvokeVoidAsync("open", _id, text, new { address = BaseAddress, file = $"{FileName(Value.Key.Name)}.env" }, _self);
        }
    }

    private string BaseAddress => PortalAddress.Of(Options.Value, Navigation);

    private static string FileName(string name)
    {
        var safe = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-')).Trim('-');
        return safe.Length == 0 ? "api-key" : safe;
    }
}
