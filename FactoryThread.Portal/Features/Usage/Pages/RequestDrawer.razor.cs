using FactoryThread.Portal.Features.Usage.Model;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Usage.Pages;

/// <summary>Everything that is known about one request, and what its code means.</summary>
public sealed partial class RequestDrawer
{
    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    [Parameter]
    [EditorRequired]
    public RequestLogEntry Request { get; set; } = null!;

    /// <summary>Null if the flow is gone.</summary>
    [Parameter]
    public string? FlowName { get; set; }

    private void Close() => Dialog.Close();
}
