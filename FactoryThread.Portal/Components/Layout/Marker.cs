namespace FactoryThread.Portal.Components.Layout;

internal static class Marker;
