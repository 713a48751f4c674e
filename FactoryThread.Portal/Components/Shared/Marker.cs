namespace FactoryThread.Portal.Components.Shared;

internal static class Marker;
