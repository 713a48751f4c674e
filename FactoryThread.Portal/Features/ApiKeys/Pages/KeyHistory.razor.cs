using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Who did what to a key, newest first.</summary>
public sealed partial class KeyHistory
{
    private const int PageSize = 50;

    private List<AuditEntry>? _entries;
    private int _total;
    private string? _fault;

    [Inject]
    private ApiKeyService Keys { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [Inject]
    private AuditLog Audit { get; set; } = null!;

    [Inject]
    private BrowserTime Time { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public string KeyId { get; set; } = "";

    /// <summary>Increases with every change of the key, so that the history follows.</summary>
    [Parameter]
    public int Version { get; set; }

    protected override Task OnParametersSetAsync() => LoadAsync();

    private Task LoadAsync()
    {
        _fault = null;
        return ReadAsync(0, Math.Max(PageSize, _entries?.Count ?? 0), []);
    }

    private Task MoreAsync() => ReadAsync(_entries!.Count, PageSize, _entries);

    private async Task ReadAsync(int skip, int take, List<AuditEntry> before)
    {
        try
        {
            if ((await Keys.GetAsync(KeyId, await User.CallerAsync(), CancellationToken.None)).Failure is { } unreachable)
            {
                (_entries, _fault) = (null, unreachable.Message);
                return;
            }

            var page = await Audit.ForSubjectAsync(ApiKeyService.AuditSubject, KeyId, skip, take, CancellationToken.None);
            (_entries, _total) = ([.. before, .. page.Items], page.Total);
        }
        catch (Exception fault) when (StoreFault.Is(fault))
        {
            _fault = "The history cannot be shown: the portal cannot reach its database at the moment.";
        }
    }
}
