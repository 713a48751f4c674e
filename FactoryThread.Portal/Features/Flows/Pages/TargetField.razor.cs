using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Flows.Pages;

/// <summary>Chooses where the calls of one environment go.</summary>
public sealed partial class TargetField
{
    private readonly string _id = $"target-{Guid.NewGuid():n}";

    [Parameter]
    [EditorRequired]
    public string Label { get; set; } = "";

    [Parameter]
    public string? Hint { get; set; }

    [Parameter]
    [EditorRequired]
    public TargetDraft Draft { get; set; } = null!;

    [Parameter]
    public IReadOnlyList<(string Id, string Name, string BaseAddress)> Connections { get; set; } = [];

    [Parameter]
    public string? Error { get; set; }

    private string? Where => Connections.FirstOrDefault(c => c.Id == Draft.Kind) is { Id: not null } chosen
        ? $"Below {chosen.BaseAddress}, with the secret headers of {chosen.Name}."
        : null;

    private void KindChosen(ChangeEventArgs change)
    {
        Draft.Kind = (string)change.Value!;
        Draft.Address = "";
    }
}
