namespace FactoryThread.Portal.Features.Accounts.SecondFactor;

/// <summary>Open to people who are held for want of a second factor: it is where they get one.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class AllowHeldAttribute : Attribute;
