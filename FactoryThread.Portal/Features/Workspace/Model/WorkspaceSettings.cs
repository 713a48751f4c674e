using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.Workspace.Model;

/// <summary>What an administrator decides for all keys; one row.</summary>
public sealed class WorkspaceSettings
{
    public const int OnlyId = 1;
    public const int RecommendedUnusedDays = 90;

    private WorkspaceSettings()
    {
    }

    public int Id { get; private set; }

    /// <summary>Days until the rotation of a production key is due; the next three likewise.</summary>
    public int ProductionDays { get; private set; }

    public int PartnerDays { get; private set; }

    public int DevelopmentDays { get; private set; }

    public int CiCdDays { get; private set; }

    /// <summary>Days without a call after which an active key counts as unused.</summary>
    public int UnusedDays { get; private set; }

    /// <summary>Operators see and manage all keys, not only those they own.</summary>
    public bool OperatorsReachAllKeys { get; private set; }

    /// <summary>Everybody with this role or a higher one signs in with a second factor; null: nobody has to.</summary>
    public PortalRole? SecondFactorFrom { get; private set; }

    /// <summary>People confirm that it is they before a key gets a value.</summary>
    public bool ConfirmNewValues { get; private set; }

    /// <summary>Increases with every change; a change made on an older state is refused.</summary>
    public int Version { get; private set; }

    public RotationSchedule Rotation => new(ProductionDays, PartnerDays, DevelopmentDays, CiCdDays);

    public void Change(RotationSchedule rotation, int unusedDays)
    {
        (ProductionDays, PartnerDays, DevelopmentDays, CiCdDays) = (rotation.Production, rotation.Partner, rotation.Development, rotation.CiCd);
        UnusedDays = unusedDays;
        Version++;
    }

    public PeopleRules People => new(OperatorsReachAllKeys, SecondFactorFrom, ConfirmNewValues);

    public void Change(PeopleRules people)
    {
        (OperatorsReachAllKeys, SecondFactorFrom, ConfirmNewValues) = (people.OperatorsReachAllKeys, people.SecondFactorFrom, people.ConfirmNewValues);
        Version++;
    }
}

/// <summary>What the workspace lets people do and asks of them; see the properties of the same names.</summary>
public sealed record PeopleRules(bool OperatorsReachAllKeys, PortalRole? SecondFactorFrom, bool ConfirmNewValues);
