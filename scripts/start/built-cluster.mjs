// What `npm start` and the terminal use of sample/02-cluster. It can be imported once the sample is built.

/** @param {string} path @returns {Promise<any>} */
const built = (path) =>
  import(new URL(`../../sample/02-cluster/dist/${path}`, import.meta.url).href);

/** @type {typeof import('../../sample/02-cluster/src/cluster-app.js')} */
export const { createClusterApp } = await built('cluster-app.js');
/** @type {typeof import('../../sample/02-cluster/src/cluster/cluster.service.js')} */
export const { ClusterService } = await built('cluster/cluster.service.js');
/** @type {typeof import('../../sample/02-cluster/src/cluster/happening-of.js')} */
export const { happeningOf } = await built('cluster/happening-of.js');
/** @type {typeof import('../../sample/02-cluster/src/state/cluster.js')} */
export const { emptyCluster, reduce } = await built('state/cluster.js');
/** @type {typeof import('../../sample/02-cluster/src/state/headline.js')} */
export const { headlineOf } = await built('state/headline.js');
/** @type {typeof import('../../sample/02-cluster/src/state/portrait.js')} */
export const { portray } = await built('state/portrait.js');
