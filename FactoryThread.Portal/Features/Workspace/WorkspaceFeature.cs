namespace FactoryThread.Portal.Features.Workspace;

/// <summary>Registration of the workspace's settings.</summary>
public static class WorkspaceFeature
{
    public static void AddWorkspace(this IServiceCollection services) => services.AddSingleton<WorkspaceService>();
}
