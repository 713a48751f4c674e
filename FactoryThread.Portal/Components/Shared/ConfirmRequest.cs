using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Components.Shared;

/// <summary>What is asked before something happens that is hard to take back.</summary>
/// <param name="Title">The question, such as <c>Revoke "erp-order-sync"?</c></param>
/// <param name="ConfirmText">The button that does it: a verb, such as <c>Revoke key</c>.</param>
public sealed record ConfirmRequest(string Title, string ConfirmText)
{
    /// <summary>What will happen, in a sentence.</summary>
    public string? Body { get; init; }

    /// <summary>What will happen, where a sentence is not enough; stands below <see cref="Body"/>.</summary>
    public RenderFragment? BodyContent { get; init; }

    /// <summary>The button is red.</summary>
    public bool Danger { get; init; }

    /// <summary>The text that must be typed before the button works; null asks for nothing.</summary>
    public string? TypeToConfirm { get; init; }

    /// <summary>Names the field for <see cref="TypeToConfirm"/>.</summary>
    public string TypeLabel { get; init; } = "Type the key name";

    public string CancelText { get; init; } = "Cancel";
}
