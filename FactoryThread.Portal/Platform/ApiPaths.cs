namespace FactoryThread.Portal.Platform;

/// <summary>Which paths belong to programs: they get problem answers instead of pages, and no cookie counts on them.</summary>
public static class ApiPaths
{
    private static readonly PathString[] Prefixes = ["/flows", "/executions", "/api", "/v1", "/openapi", "/health"];

    /// <summary>No page may live under these prefixes.</summary>
    public static bool Contains(PathString path)
    {
        foreach (var prefix in Prefixes)
        {
            if (path.StartsWithSegments(prefix))
            {
                return true;
            }
        }

        return false;
    }
}
