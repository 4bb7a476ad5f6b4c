/**
 * The metadata keys of decorators of Nest 11 and 12, and of @nestjs/graphql 13 and 14. They are not exported there, so
 * a new version may change them.
 */

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
/** `@Resolver()` on a class; on a handler `@Query()`, `@Mutation()` or `@Subscription()`: `'Query'` and so on. */
export const GRAPHQL_TYPE = 'graphql:resolver_type';
/** `@ResolveField()` on a handler. */
export const GRAPHQL_FIELD = 'graphql:resolve_property';
/** `@ResolveReference()` on a handler. */
export const GRAPHQL_REFERENCE = 'graphql:resolve_reference';
/** The arguments of `overrideModule()` in a test: a property of `LazyModuleLoader`, as `{ moduleToReplace }[]`. */
export const MODULE_OVERRIDES = 'moduleOverrides';
