using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows.Model;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>The fields of a key, with advice while they are filled in.</summary>
public sealed partial class KeySettingsForm : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    private readonly string _id = $"key-{Guid.NewGuid():n}";
    private ElementReference _name;
    private CancellationTokenSource? _lookup;
    private bool _duplicate;
    private RuleViolation? _answered;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private TimeProvider Clock { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public KeyDraft Draft { get; set; } = null!;

    /// <summary>The flows to choose from, by name.</summary>
    [Parameter]
    [EditorRequired]
    public IReadOnlyList<Flow> Flows { get; set; } = [];

    [Parameter]
    [EditorRequired]
    public KeyLimitDefaults Defaults { get; set; } = null!;

    /// <summary>The field that was refused and why; field names as in the HTTP contract.</summary>
    [Parameter]
    public RuleViolation? Violation { get; set; }

    /// <summary>The key that is edited; null for a new one.</summary>
    [Parameter]
    public ApiKeyDetails? Key { get; set; }

    /// <summary>Enter was pressed in the name.</summary>
    [Parameter]
    public EventCallback OnSubmit { get; set; }

    private bool New => Key is null;

    private DateTimeOffset? Issued => Key?.IssuedAt;

    private NamingAdvice Advice => NamingAdvice.For(Draft.Name, Draft.Environment);

    public void Dispose()
    {
        _lookup?.Cancel();
        _lookup?.Dispose();
    }

    protected override async Task OnInitializedAsync()
    {
        if (New && Draft.Name.Length > 0)
        {
            _duplicate = await Keys.NameExistsAsync(Draft.Name, null, await User.CallerAsync(), CancellationToken.None);
        }
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        // The name is where typing starts, and where it goes on if the name was refused.
        var refused = Violation?.Field == "name" && Violation != _answered;
        _answered = Violation;
        if (firstRender || refused)
        {
            await _name.FocusAsync();
        }
    }

    private Task SubmitOnEnterAsync(KeyboardEventArgs pressed) => pressed.Key == "Enter" ? OnSubmit.InvokeAsync() : Task.CompletedTask;

    private string Id(string field) => $"{_id}-{field}";

    private string ErrorId(string field) => Id(field + "-error");

    private string? ErrorOf(string field) => Violation?.Field == field ? Violation.Message : null;

    private string? Invalid(string field) => Violation?.Field == field ? "true" : null;

    private void KindChosen(ChangeEventArgs change)
    {
        if (Enum.TryParse<KeyKind>(change.Value as string, out var kind))
        {
            Draft.Choose(kind);
        }
    }

    /// <summary>Asks for duplicates once the typing pauses.</summary>
    private async Task NameTypedAsync(ChangeEventArgs change)
    {
        Draft.Name = change.Value as string ?? "";
        _duplicate = false;
        _lookup?.Cancel();
        _lookup?.Dispose();
        _lookup = new CancellationTokenSource();
        var cancellation = _lookup.Token;
        try
        {
            await Task.Delay(Pause, Clock, cancellation);
            _duplicate = !string.IsNullOrWhiteSpace(Draft.Name) && !KeyPaste.LooksLikeKey(Draft.Name)
                && await Keys.NameExistsAsync(Draft.Name, Key?.Id, await User.CallerAsync(), cancellation);
        }
        catch (OperationCanceledException)
        {
            // Typing went on, or the dialog is gone.
        }
    }
}
