/** Under which keys Nest 11 and 12 keep what their decorators said. Not exported by Nest: these may change with a version. */

/** `@Controller()` on a class. */
export const CONTROLLER = '__controller__';
/** `@WebSocketGateway()` on a class. */
export const GATEWAY = 'websockets:is_gateway';
/** `@Sse()` on a handler. */
export const SSE = '__sse__';
/** `@UseInterceptors()` on a class or a handler. */
export const INTERCEPTORS = '__interceptors__';
/** `@Inject()` on the parameters of a constructor. */
export const CONSTRUCTOR_PARAMETERS = 'self:paramtypes';
/** `@Inject()` on properties. */
export const PROPERTIES = 'self:properties_metadata';
/** What a test has given to `overrideModule()`: a property of `LazyModuleLoader`, as `{ moduleToReplace }[]`. */
export const MODULE_OVERRIDES = 'moduleOverrides';
