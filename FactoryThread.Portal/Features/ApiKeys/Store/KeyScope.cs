using System.Linq.Expressions;
using FactoryThread.Portal.Features.ApiKeys.Model;

namespace FactoryThread.Portal.Features.ApiKeys.Store;

/// <summary>Which keys a caller may see.</summary>
/// <param name="OwnerId">Those of this user; null for all.</param>
/// <param name="TestOnly">Test keys alone: a test key asks.</param>
public readonly record struct KeyScope(string? OwnerId, bool TestOnly)
{
    public Expression<Func<ApiKey, bool>> Contains
    {
        get
        {
            var owner = OwnerId;

            // Written out, since a condition that is always true still keeps SQLite from answering counts out of an index alone.
            return (owner, TestOnly) switch
            {
                (null, false) => k => true,
                (null, true) => k => k.Environment == KeyEnvironment.Test,
                (_, false) => k => k.OwnerId == owner,
                _ => k => k.OwnerId == owner && k.Environment == KeyEnvironment.Test,
            };
        }
    }
}
